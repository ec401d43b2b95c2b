// What every story needs: a camera, a recorder, a browser, and patience with a limit. The stories know no process, no port
// and no certificate.
//
// The program: WATCHPOST_BIN, or the newest of target/release and target/debug. The browser: CHROMIUM, or the system's.
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import fs from "node:fs";
import http from "node:http";
import https from "node:https";
import { createRequire } from "node:module";
import net from "node:net";
import os from "node:os";
import path from "node:path";
import readline from "node:readline";
import { fileURLToPath } from "node:url";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const PEERS = path.join(ROOT, "tests", "peers");
const fromUi = createRequire(path.join(ROOT, "ui", "package.json"));
const { chromium } = fromUi("playwright-core");

export const axe = fromUi("axe-core");
export const OWNER = { name: "anna", password: "correct horse battery" };
export const PHONE = { width: 390, height: 844 };
export const DESKTOP = { width: 1366, height: 860 };

// --- patience ----------------------------------------------------------------------------------------

const nextLook = () => new Promise((resolve) => setTimeout(resolve, 40));

// Machines that run these stories are shared: what takes a second here may take three there.
const SLOWER = 3;

/** Looks until `probe` gives something; gives that back. A probe that throws has found nothing yet. */
export async function until(what, seconds, probe) {
  const deadline = Date.now() + seconds * SLOWER * 1000;
  let last;
  for (;;) {
    try {
      const found = await probe();
      if (found) return found;
      last = undefined;
    } catch (error) {
      last = error;
    }
    if (Date.now() > deadline) throw new Error(`waited ${seconds * SLOWER} s for ${what}`, last ? { cause: last } : undefined);
    await nextLook();
  }
}

/** How many seconds `work` takes. */
export async function secondsOf(work) {
  const began = Date.now();
  await work();
  return (Date.now() - began) / 1000;
}

// --- processes ---------------------------------------------------------------------------------------

const alive = new Set();
process.on("exit", () => alive.forEach((child) => child.kill("SIGKILL")));

function start(command, args, options = {}) {
  const child = spawn(command, args, { stdio: ["pipe", "pipe", "pipe"], ...options });
  child.said = [];
  alive.add(child);
  child.on("exit", () => alive.delete(child));
  child.on("error", (error) => child.said.push(String(error)));
  child.stdin.on("error", () => undefined); // it may be gone when we tell it to stop
  for (const stream of [child.stdout, child.stderr]) readline.createInterface({ input: stream }).on("line", (line) => child.said.push(line));
  return child;
}

async function end(child, signal) {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = once(child, "exit");
  child.kill(signal);
  await gone;
}

async function freePort() {
  const server = net.createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address();
  server.close();
  await once(server, "close");
  return port;
}

// --- the camera --------------------------------------------------------------------------------------

/** A camera on the network that nobody here wrote: GStreamer's. See tests/peers/rtsp_server.py for the options. */
export class Camera {
  static async begin(...options) {
    const camera = new Camera();
    camera.options = options;
    camera.port = await freePort();
    await camera.comeBack();
    return camera;
  }

  /** Starts it, or starts it again at the same address. */
  async comeBack() {
    const server = path.join(PEERS, "rtsp_server.py");
    this.child = start(server, ["--port", String(this.port), ...this.options]);
    await until("the camera to start", 15, () => this.mounts().length > 0 || this.failIfGone());
  }

  failIfGone() {
    if (this.child.exitCode !== null) throw new Error(`the camera ended: ${this.child.said.join("\n")}`);
    return false;
  }

  mounts() {
    return this.child.said.filter((line) => line.startsWith("ready ")).map((line) => line.split(" ")[1]);
  }

  /** The address of one of its pictures. */
  address(name = "door") {
    return `rtsp://127.0.0.1:${this.port}/${name}`;
  }

  /** Somebody steps into the scene; gives the moment, in ms since 1970. */
  async walk() {
    const before = this.child.said.length;
    this.tell("walk");
    const line = await until("somebody to step in", 5, () => this.child.said.slice(before).find((one) => one.startsWith("walk ")));
    return Number(line.split(" ")[1]);
  }

  tell(word) {
    this.child.stdin.write(`${word}\n`);
  }

  async die() {
    await end(this.child, "SIGKILL");
  }
}

/** A device that speaks ONVIF and tells what it was asked to do. See tests/peers/onvif_device.py for the options. */
export class Device {
  static async begin(...options) {
    const device = new Device();
    device.child = start("/usr/bin/python3", [path.join(PEERS, "onvif_device.py"), ...options]);
    device.address = await until("the device to start", 10, () => device.child.said.find((line) => line.startsWith("ready "))?.split(" ")[1]);
    return device;
  }

  /** What it did, without the times: `move 0.6 0.0 - PT1S`, `stop`, `home`. */
  did() {
    return this.child.said.flatMap((line) => /^\d+ (.*)$/.exec(line)?.[1] ?? []);
  }

  async die() {
    await end(this.child, "SIGKILL");
  }
}

/** A Raspberry Pi's camera programs in a folder of their own, and what they were started with. See tests/peers/rpicam-vid. */
export class PiCamera {
  constructor() {
    this.folder = fs.mkdtempSync(path.join(os.tmpdir(), "watchpost-pi-"));
    for (const name of ["rpicam-vid", "rpicam-still", "rpicam-hello"]) fs.symlinkSync(path.join(PEERS, "rpicam-vid"), path.join(this.folder, name));
    this.log = path.join(this.folder, "log");
    fs.writeFileSync(this.log, "");
  }

  /** For the recorder that is to find it. */
  get env() {
    return { PATH: `${this.folder}:${process.env.PATH}`, DOUBLE_LOG: this.log, DOUBLE_CAMERA: path.join(this.folder, "camera") };
  }

  /** The starts so far, each as one line. */
  starts() {
    return fs.readFileSync(this.log, "utf8").split("\n").filter((line) => line !== "");
  }

  remove() {
    fs.rmSync(this.folder, { recursive: true, force: true });
  }
}

/** A film of one colour, as MP4 in `folder`. */
export function drawFilm(folder, colour) {
  const file = path.join(folder, `${colour}.mp4`);
  const drawn = ["-f", "lavfi", "-i", `color=${colour}:size=640x360:rate=10:duration=4`, "-c:v", "libx264", "-preset", "ultrafast", "-g", "10", "-pix_fmt", "yuv420p"];
  const told = spawnSync("ffmpeg", ["-v", "error", ...drawn, "-y", file], { encoding: "utf8" });
  if (told.status !== 0) throw new Error(`ffmpeg: ${told.stderr}`);
  return file;
}

/** Something grey that walks through a picture a little less grey, again and again, as MP4 in `folder`: only who looks closely sees it. */
export function drawFaintWalk(folder) {
  const file = path.join(folder, "faint.mp4");
  const sources = ["color=0x707070:size=640x360:rate=10:duration=16", "color=0x888888:size=60x150:rate=10:duration=16"].flatMap((one) => ["-f", "lavfi", "-i", one]);
  // A picture without any noise is no camera's.
  const walk = "[0][1]overlay=x='if(between(t,6,15),-70+80*(t-6),-70)':y=150:eval=frame,noise=alls=4:allf=t:all_seed=1";
  const told = spawnSync("ffmpeg", ["-v", "error", ...sources, "-filter_complex", walk, "-c:v", "libx264", "-preset", "ultrafast", "-crf", "18", "-g", "10", "-pix_fmt", "yuv420p", "-y", file], { encoding: "utf8" });
  if (told.status !== 0) throw new Error(`ffmpeg: ${told.stderr}`);
  return file;
}

// --- the recorder ------------------------------------------------------------------------------------

export function program() {
  if (process.env.WATCHPOST_BIN) return process.env.WATCHPOST_BIN;
  const target = process.env.CARGO_TARGET_DIR ?? path.join(ROOT, "target");
  const built = ["release", "debug"].map((kind) => path.join(target, kind, "watchpost")).filter((file) => fs.existsSync(file));
  if (built.length === 0) throw new Error("there is no program yet: run `make build`, or name it in WATCHPOST_BIN");
  return built.sort((a, b) => fs.statSync(b).mtimeMs - fs.statSync(a).mtimeMs)[0];
}

/** The real program, with settings of its own in a folder of its own. */
export class Recorder {
  /**
   * `cameras`: name -> keys of its table, as in watchpost.toml; an object is a table within. Without `owner: false` the
   * owner is there before it starts. `env` is added to ours.
   */
  static async begin(cameras, { owner = true, env = {} } = {}) {
    const recorder = new Recorder();
    recorder.env = { ...process.env, ...env };
    recorder.folder = fs.mkdtempSync(path.join(os.tmpdir(), "watchpost-story-"));
    recorder.settings = path.join(recorder.folder, "watchpost.toml");
    recorder.port = await freePort();
    recorder.origin = `https://127.0.0.1:${recorder.port}`;
    fs.writeFileSync(recorder.settings, recorder.written(cameras));
    if (owner) recorder.addUser(OWNER, "owner");
    await recorder.comeBack();
    return recorder;
  }

  written(cameras) {
    const isTable = (one) => typeof one === "object" && !Array.isArray(one);
    const rows = (keys) => Object.entries(keys).filter(([, one]) => !isTable(one)).map(([key, one]) => `${key} = ${JSON.stringify(one)}\n`);
    const tables = Object.entries(cameras).map(([name, keys]) => {
      const within = Object.entries(keys).filter(([, one]) => isTable(one)).map(([key, one]) => `[camera.${key}]\n${rows(one).join("")}`);
      return `[[camera]]\n${rows({ name, ...keys }).join("")}${within.join("")}`;
    });
    const server = `[server]\nlisten = "127.0.0.1:${this.port}"\ndata_dir = "${this.folder}/data"\ntime_zone = "Europe/Berlin"\n`;
    return [server, ...tables].join("\n");
  }

  addUser({ name, password }, role) {
    const add = ["user", "add", name, "--role", role, "--password-stdin", "--config", this.settings];
    const added = spawnSync(program(), add, { input: `${password}\n`, encoding: "utf8" });
    if (added.status !== 0) throw new Error(`user add: ${added.stdout}${added.stderr}${added.error ?? ""}`);
  }

  /** Starts it, or starts it again with the same settings, and waits until it answers. */
  async comeBack() {
    this.child = start(program(), ["run", "--config", this.settings], { env: this.env });
    await until("the recorder to answer", 20, async () => {
      if (this.child.exitCode !== null) return true;
      return (await this.ask("GET", "/setup")).status === 200;
    });
    if (this.child.exitCode !== null) throw new Error(`the recorder ended:\n${this.child.said.join("\n")}`);
  }

  said() {
    return this.child.said.map((line) => line.replace(/\x1b\[[0-9;]*m/g, ""));
  }

  /** The link that it printed for setting the owner's password. */
  async setupLink() {
    return until("the one-time link", 10, () => /https:\/\/\S+\/setup#token=\S+/.exec(this.said().join("\n"))?.[0]);
  }

  /** One request to the API: `{status, headers, body}`; the body is parsed where it is JSON. */
  async ask(method, where, { body, headers = {}, cookie = "" } = {}) {
    const sent = { Origin: this.origin, ...(body === undefined ? {} : { "Content-Type": "application/json" }), ...(cookie ? { Cookie: cookie } : {}), ...headers };
    return request(`${this.origin}/api/v1${where}`, method, sent, body === undefined ? undefined : JSON.stringify(body));
  }

  /** The same as the signed-in owner; what is refused is an error. */
  async owner(method, where, body) {
    const answer = await this.ask(method, where, { body, cookie: await this.session() });
    if (answer.status >= 400) throw new Error(`${method} ${where}: ${answer.status} ${JSON.stringify(answer.body)}`);
    return answer.body;
  }

  /** The owner's cookie; one sign-in serves all pages and calls, and outlives a restart. */
  async session() {
    this.cookie ??= await this.signIn();
    return this.cookie;
  }

  /** Gives the cookie. */
  async signIn(user = OWNER) {
    const answer = await this.ask("POST", "/session", { body: user });
    if (answer.status !== 200) throw new Error(`sign-in: ${answer.status} ${JSON.stringify(answer.body)}`);
    return answer.headers["set-cookie"][0].split(";")[0];
  }

  async cameraState(name) {
    return (await this.owner("GET", "/status")).cameras.find((camera) => camera.name === name);
  }

  async live(name, seconds = 15) {
    await until(`camera ${name} to be live`, seconds, async () => (await this.cameraState(name)).state === "live");
  }

  /** The newest event of that camera for which `fits` holds. */
  async event(camera, what, seconds, fits) {
    return until(what, seconds, async () => (await this.owner("GET", `/events?camera=${camera}`)).events.find(fits));
  }

  async die(signal = "SIGKILL") {
    await end(this.child, signal);
  }

  async end() {
    await this.die("SIGTERM");
    if (process.env.KEEP) console.log(`kept: ${this.folder}`);
    else fs.rmSync(this.folder, { recursive: true, force: true });
  }
}

export function request(url, method, headers, body) {
  const { request: begin } = url.startsWith("https:") ? https : http;
  return new Promise((resolve, reject) => {
    // Its own certificate, on loopback: nobody is between.
    const sent = begin(url, { method, headers, rejectUnauthorized: false, agent: false, timeout: 30_000 }, (answer) => {
      const type = answer.headers["content-type"] ?? "";
      if (/event-stream|multipart/.test(type)) {
        answer.destroy(); // These never end; that they began is the answer.
        return resolve({ status: answer.statusCode, headers: answer.headers, body: undefined });
      }
      const parts = [];
      answer.on("data", (part) => parts.push(part));
      answer.on("error", reject);
      answer.on("end", () => {
        const whole = Buffer.concat(parts);
        const parsed = /json/.test(type) && whole.length > 0 ? JSON.parse(whole) : whole;
        resolve({ status: answer.statusCode, headers: answer.headers, body: parsed });
      });
      return undefined;
    });
    sent.on("timeout", () => sent.destroy(new Error(`${url} does not answer`)));
    sent.on("upgrade", (answer, socket) => {
      socket.destroy();
      resolve({ status: answer.statusCode, headers: answer.headers, body: undefined });
    });
    sent.on("error", reject);
    sent.end(body);
  });
}

// --- the browser -------------------------------------------------------------------------------------

export async function openBrowser() {
  return chromium.launch({
    executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
    args: [
      ...(process.getuid() === 0 ? ["--no-sandbox"] : []),
      "--disable-gpu",
      "--disable-dev-shm-usage",
      "--disable-background-networking",
      "--disable-component-update",
      "--autoplay-policy=no-user-gesture-required",
    ],
  });
}

/**
 * A page of the recorder in a fresh browser profile. `page.complaints` collects whatever the browser complains of: errors
 * and warnings on its console, unhandled errors, refused content.
 *
 * `signedIn: false` comes as a stranger, `as` as somebody else than the owner; `script` runs before any of the page's own.
 */
export async function visit(browser, recorder, where = "/", { signedIn = true, as, viewport = DESKTOP, theme = "dark", script } = {}) {
  const context = await browser.newContext({ ignoreHTTPSErrors: true, viewport, colorScheme: theme, acceptDownloads: true });
  if (signedIn) {
    const [name, value] = (as ? await recorder.signIn(as) : await recorder.session()).split("=");
    await context.addCookies([{ name, value, domain: "127.0.0.1", path: "/", secure: true, httpOnly: true, sameSite: "Strict" }]);
  }
  await context.addInitScript(probe);
  if (script) await context.addInitScript(script);
  const page = await context.newPage();
  page.setDefaultTimeout(90_000);
  page.complaints = [];
  page.on("console", (message) => {
    if (["error", "warning"].includes(message.type())) page.complaints.push(`${message.text()} (${message.location().url})`);
  });
  page.on("pageerror", (error) => page.complaints.push(String(error.stack ?? error)));
  await page.goto(recorder.origin + where);
  return page;
}

/** Closes the page; what the browser complained of is an error, but for what `expected` matches. */
export async function leave(page, expected = /^$/) {
  // A page that is left while its live pictures are being asked for.
  const harmless = /closed before the connection is established/;
  const complaints = page.complaints.filter((complaint) => !expected.test(complaint) && !harmless.test(complaint));
  await page.context().close();
  if (complaints.length > 0) throw new Error(`the browser complained:\n${complaints.join("\n")}`);
}

/** What axe finds wrong, in words. */
export async function barriers(page) {
  await page.evaluate(axe.source);
  const found = await page.evaluate(() =>
    window.axe.run(document, { runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"], resultTypes: ["violations"] }),
  );
  if (found.passes.length <= 5) throw new Error("axe looked at nothing");
  return found.violations.flatMap(({ id, help, nodes }) => nodes.map((node) => `${id}: ${help}: ${node.html.slice(0, 200)}`));
}

/** A stranger asks who they are, and Chromium writes each refusal on its console. */
export const REFUSED_STRANGER = /status of (401|403|429).*\/api\/v1\/(session|setup)/;
/** The same while the recorder is down. */
export const NOBODY_THERE = /ERR_CONNECTION_(REFUSED|RESET|CLOSED)|ERR_EMPTY_RESPONSE|ERR_INCOMPLETE_CHUNKED_ENCODING|ERR_NETWORK_CHANGED|WebSocket connection to/;

/** Runs in the page: reads the latency barcode off whatever shows it. See tests/peers/rtsp_server.py, `barcode`. */
function probe() {
  const canvas = document.createElement("canvas");
  [canvas.width, canvas.height] = [32, 1];
  const context = canvas.getContext("2d", { willReadFrequently: true });
  /** Milliseconds since 1970 modulo 2^24, or null where there is no barcode. */
  const read = (source) => {
    const [width, height] = source.videoWidth ? [source.videoWidth, source.videoHeight] : [source.naturalWidth || source.width, source.naturalHeight || source.height];
    if (!width || !height) return null;
    context.imageSmoothingEnabled = false;
    context.drawImage(source, 0, height - Math.round(height / 36), width, 1, 0, 0, 32, 1);
    const bits = [...context.getImageData(0, 0, 32, 1).data].filter((_, at) => at % 4 === 0).map((luma) => (luma > 128 ? 1 : 0));
    const number = (some) => some.reduce((sum, bit) => sum * 2 + bit, 0);
    const value = number(bits.slice(0, 24));
    const check = (value ^ (value >> 8) ^ (value >> 16) ^ 0x5a) & 255;
    return check === number(bits.slice(24)) ? value : null;
  };
  /** The signed distance from `from` to `to`, both modulo 2^24. */
  const between = (from, to) => ((((to - from) % 2 ** 24) + 1.5 * 2 ** 24) % 2 ** 24) - 2 ** 23;
  /** How old each picture is when it is shown, for that long: `{latencies, unreadable}` in ms. */
  const watch = (video, milliseconds) =>
    new Promise((resolve) => {
      const found = { latencies: [], unreadable: 0 };
      const ends = performance.now() + milliseconds;
      const look = () => {
        const shown = read(video);
        if (shown === null) found.unreadable += 1;
        else found.latencies.push(between(shown, Date.now()));
        if (performance.now() < ends) video.requestVideoFrameCallback(look);
        else resolve(found);
      };
      video.requestVideoFrameCallback(look);
      setTimeout(() => resolve(found), milliseconds + 5000); // pictures stopped coming
    });
  window.barcode = { read, between, watch };
}

/** The whole moment nearest to `near` (ms since 1970) whose barcode is `value`. */
export function momentOf(value, near) {
  const distance = ((((value - near) % 2 ** 24) + 1.5 * 2 ** 24) % 2 ** 24) - 2 ** 23;
  return near + distance;
}

export function percentile(values, share) {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))];
}

/** What ffprobe says of a file. */
export function ffprobe(file) {
  const asked = ["-v", "error", "-show_entries", "format=duration:stream=codec_name,width,height", "-of", "json", file];
  const told = spawnSync("ffprobe", asked, { encoding: "utf8" });
  if (told.status !== 0 || told.stderr) throw new Error(`ffprobe ${file}: ${told.stderr}`);
  const { format, streams } = JSON.parse(told.stdout);
  return { seconds: Number(format.duration), streams };
}

/** Decodes every picture of a file; what ffmpeg complains of is an error. Gives their number. */
export function decode(file) {
  const told = spawnSync("ffmpeg", ["-v", "error", "-progress", "pipe:1", "-i", file, "-map", "0:v", "-f", "rawvideo", "-y", "/dev/null"], { encoding: "utf8" });
  if (told.status !== 0 || told.stderr) throw new Error(`ffmpeg ${file}: ${told.stderr}`);
  return Number(/frame=(\d+)(?![\s\S]*frame=)/.exec(told.stdout)?.[1] ?? 0);
}
