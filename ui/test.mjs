// Bundles every `*.test.ts` below `src` and gives them to Node's own test runner.
import { spawnSync } from "node:child_process";
import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const here = dirname(fileURLToPath(import.meta.url));
const files = await readdir(join(here, "src"), { recursive: true });
const tests = files.filter((file) => file.endsWith(".test.ts")).sort();
const outdir = await mkdtemp(join(tmpdir(), "watchpost-ui-"));
await build({
  absWorkingDir: here,
  entryPoints: tests.map((file) => join("src", file)),
  outbase: "src",
  outdir,
  outExtension: { ".js": ".mjs" },
  bundle: true,
  platform: "node",
  format: "esm",
  target: "node18",
  sourcemap: "inline",
  logLevel: "warning",
});
const bundled = tests.map((file) => join(outdir, file.replace(/\.ts$/, ".mjs")));
const { status } = spawnSync(process.execPath, ["--enable-source-maps", "--test", ...bundled], { stdio: "inherit" });
await rm(outdir, { recursive: true, force: true });
process.exitCode = status ?? 1;
