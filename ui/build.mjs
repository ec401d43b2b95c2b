// Builds `dist/` from `src/`: one page, one style sheet, a script, and parts of it that are loaded when they are
// first wanted; all with brotli siblings.
//
// The same source gives the same bytes, so `dist/` is committed and `cargo build` needs no Node.
// `dist/source.sha256` tells which source it was built from; a Rust test recomputes it (see `sourceHash`).
import { createHash } from "node:crypto";
import { mkdir, readFile, readdir, rm, writeFile } from "node:fs/promises";
import { dirname, join, relative, sep } from "node:path";
import { fileURLToPath } from "node:url";
import { brotliCompressSync, constants } from "node:zlib";
import { build } from "esbuild";

const here = dirname(fileURLToPath(import.meta.url));
const dist = join(here, "dist");

/** Everything that decides how a TSX file becomes a script; kept here, so that the hash covers it. */
const options = {
  absWorkingDir: here,
  bundle: true,
  minify: true,
  write: false,
  outdir: "dist",
  outbase: "src",
  entryNames: "assets/[name]-[hash]",
  assetNames: "assets/[name]-[hash]",
  chunkNames: "assets/part-[hash]",
  target: ["es2022", "chrome109", "firefox115", "safari16.4"],
  legalComments: "none",
  charset: "utf8",
  logLevel: "warning",
  metafile: true,
  tsconfigRaw: { compilerOptions: { jsx: "react-jsx", jsxImportSource: "preact" } },
};

async function filesUnder(folder) {
  const entries = await readdir(folder, { withFileTypes: true });
  const nested = entries.map((entry) => {
    const path = join(folder, entry.name);
    return entry.isDirectory() ? filesUnder(path) : [path];
  });
  return (await Promise.all(nested)).flat();
}

/**
 * SHA-256 over `build.mjs`, `package-lock.json` and every file below `src`, sorted by the bytes of
 * their path relative to this folder (with `/`); each as path, NUL, content, NUL.
 */
async function sourceHash() {
  const paths = [join(here, "build.mjs"), join(here, "package-lock.json"), ...(await filesUnder(join(here, "src")))];
  const named = paths.map((path) => ({ path, name: relative(here, path).split(sep).join("/") }));
  named.sort((a, b) => Buffer.compare(Buffer.from(a.name), Buffer.from(b.name)));
  const hash = createHash("sha256");
  for (const { path, name } of named) {
    hash.update(name).update("\0").update(await readFile(path)).update("\0");
  }
  return hash.digest("hex");
}

async function put(name, content) {
  const path = join(dist, name);
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, content);
}

async function putCompressed(name, content) {
  const bytes = Buffer.from(content);
  const packed = brotliCompressSync(bytes, {
    params: {
      [constants.BROTLI_PARAM_QUALITY]: constants.BROTLI_MAX_QUALITY,
      [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length,
    },
  });
  await put(name, bytes);
  await put(`${name}.br`, packed);
  return packed.length;
}

const bundles = await Promise.all([
  build({
    ...options,
    entryPoints: ["src/main.tsx"],
    format: "esm",
    splitting: true,
    banner: { js: "/*! Contains Preact, MIT licence, (c) 2015-present Jason Miller */" },
  }),
  // Runs before the first paint, so it is a classic script of its own.
  build({ ...options, entryPoints: ["src/theme.ts"], format: "iife" }),
  build({ ...options, entryPoints: ["src/icon.svg"], loader: { ".svg": "copy" } }),
]);

const outputs = bundles.flatMap((bundle) => bundle.outputFiles);
const names = outputs.map((file) => relative(dist, file.path).split(sep).join("/"));
const named = (start, end) => {
  const name = names.find((one) => one.startsWith(`assets/${start}-`) && one.endsWith(end));
  if (!name) throw new Error(`the build made no ${start}${end}`);
  return `/${name}`;
};

/** What the main script needs at once: the parts that it imports, and those that they import. */
function neededAtOnce() {
  const { outputs: built } = bundles[0].metafile;
  const waiting = Object.keys(built).filter((path) => built[path].entryPoint === "src/main.tsx");
  const needed = new Set(waiting);
  for (let path = waiting.pop(); path !== undefined; path = waiting.pop()) {
    const parts = built[path].imports.filter(({ kind }) => kind === "import-statement").map((part) => part.path);
    for (const part of parts.filter((one) => !needed.has(one))) {
      needed.add(part);
      waiting.push(part);
    }
  }
  return [...needed].map((path) => relative(dist, join(here, path)).split(sep).join("/"));
}

const needed = neededAtOnce();
// Named on the page, so that the browser need not read the script first to learn of them.
const parts = needed.filter((name) => name.startsWith("assets/part-"));
const preloads = parts.map((name) => `<link rel="modulepreload" href="/${name}">\n`).join("");
const template = await readFile(join(here, "src", "index.html"), "utf8");
const page = template
  .replace("%THEME%", named("theme", ".js"))
  .replace("%STYLE%", named("main", ".css"))
  .replace("%PARTS%\n", preloads)
  .replace("%SCRIPT%", named("main", ".js"))
  .replace("%ICON%", named("icon", ".svg"));

await rm(dist, { recursive: true, force: true });
const later = [];
let firstLoad = await putCompressed("index.html", page);
for (const [index, file] of outputs.entries()) {
  const name = names[index];
  const length = await putCompressed(name, file.contents);
  const isLater = name.startsWith("assets/part-") && !needed.includes(name);
  if (isLater) later.push(length);
  else firstLoad += length;
}
await put("source.sha256", `${await sourceHash()}\n`);

const limit = 100_000;
const laterLimit = 40_000;
console.log(`dist: ${names.length + 1} files, first load ${firstLoad} bytes of ${limit}, later ${later.join(" + ") || 0} (brotli)`);
if (later.some((length) => length > laterLimit)) throw new Error(`a part is over its limit of ${laterLimit}`);
if (firstLoad > limit) throw new Error("the first load is over its limit");
