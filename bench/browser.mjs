// What bench/run wants to know of the browser: `page` (the first load) or `latency` (camera to picture). One JSON line.
import { Camera, Recorder, leave, openBrowser, percentile, secondsOf, visit } from "../tests/browser/watchpost.mjs";
import { firstLoad } from "../tests/browser/first_load.mjs";

const camera = await Camera.begin("--mount", "door=scene:h264", "--still", "inf");
const recorder = await Recorder.begin({ door: { source: camera.address(), record: "off" } });
const browser = await openBrowser();
try {
  await recorder.live("door");
  console.log(JSON.stringify(await { page: firstLoadOf, latency }[process.argv[2]]()));
} finally {
  await browser.close();
  await recorder.end();
  await camera.die();
}
process.exit();

async function firstLoadOf() {
  return firstLoad(browser, recorder, "/");
}

async function latency() {
  const page = await visit(browser, recorder, "/live/door");
  const video = page.locator("video");
  const first = 1000 * (await secondsOf(() => video.evaluate((one) => new Promise((shown) => one.requestVideoFrameCallback(shown)))));
  await video.evaluate((one) => window.barcode.watch(one, 5000)); // settles
  const { latencies, unreadable } = await video.evaluate((one) => window.barcode.watch(one, 30_000));
  await leave(page);
  return { p50: percentile(latencies, 0.5), p95: percentile(latencies, 0.95), count: latencies.length, unreadable, first };
}
