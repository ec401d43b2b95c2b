// Looking at the cameras: how late the picture is, and what is shown when there is none.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { live, top } from "./pages.mjs";
import { Camera, NOBODY_THERE, Recorder, leave, openBrowser, percentile, secondsOf, until, visit } from "./watchpost.mjs";

let camera, browser, recorder;
before(async () => {
  camera = await Camera.begin("--mount", "door=scene:h264", "--mount", "yard=scene:h265", "--still", "inf");
  recorder = await Recorder.begin({ door: { source: camera.address("door") }, yard: { source: camera.address("yard") } });
  browser = await openBrowser();
  await recorder.live("door");
  await recorder.live("yard");
});
after(async () => {
  await browser?.close();
  await recorder?.end();
  await camera?.die();
});

const story = (name, play) => test(name, { timeout: 360_000 }, play);

/** The moment of the picture that is shown, or null. */
const shown = (picture) => picture.evaluate((one) => window.barcode.read(one));

/** Waits until the picture shows something newer than it did. */
async function moves(picture, seconds) {
  const first = await until("a picture", seconds, () => shown(picture).then((moment) => moment !== null && { moment }));
  await until("the next picture", seconds, async () => {
    const now = await shown(picture);
    return now !== null && now !== first.moment;
  });
}

story("the live picture is hardly late", async () => {
  const page = await visit(browser, recorder, "/live/door");
  const video = live.video(page, "door");
  const first = await secondsOf(() => moves(video, 10));
  await video.evaluate((one) => window.barcode.watch(one, 2000)); // settles
  const { latencies, unreadable } = await video.evaluate((one) => window.barcode.watch(one, 15_000));
  const [p50, p95] = [percentile(latencies, 0.5), percentile(latencies, 0.95)];
  console.log(`live view: p50 ${p50} ms, p95 ${p95} ms over ${latencies.length} pictures, ${unreadable} unreadable, first after ${first.toFixed(1)} s`);
  assert.ok(latencies.length > 15 * 15 * 0.7, `${latencies.length} pictures in 15 s`);
  assert.ok(unreadable < latencies.length / 10, `${unreadable} of ${latencies.length} pictures had no barcode`);
  assert.ok(p50 > 0, `a picture from the future: ${p50} ms`);
  assert.ok(p50 < 1000, `p50 ${p50} ms`); // on a loaded machine; bench/run holds the strict limit

  const told = Number(await live.picture(page, "door").getAttribute("data-latency-ms"));
  assert.ok(Math.abs(told - p50) < 500, `the page says ${told} ms, the barcode ${p50} ms`);
  await leave(page);
});

story("an H.265 camera moves where the browser cannot play it, and says why", async () => {
  const page = await visit(browser, recorder, "/");
  await live.picture(page, "yard").getByText("This browser cannot play H.265").waitFor({ timeout: 45_000 });
  await moves(live.stills(page, "yard"), 15);
  await moves(live.video(page, "door"), 10); // and does not hold up the other
  await leave(page);
});

story("a browser without a player gets moving pictures too", async () => {
  const script = () => {
    delete window.MediaSource;
    delete window.ManagedMediaSource;
  };
  const page = await visit(browser, recorder, "/live/door", { script });
  await live.picture(page, "door").getByText("This browser cannot play live video").waitFor({ timeout: 45_000 });
  await moves(live.stills(page, "door"), 15);
  await leave(page);
});

story("pictures that stop coming are never shown as live", async () => {
  const page = await visit(browser, recorder, "/live/door");
  await moves(live.video(page, "door"), 10);
  camera.tell("pause");
  try {
    const after = await secondsOf(() => live.picture(page, "door").getByText(/^(Stalled|Offline)/).first().waitFor({ timeout: 30_000 }));
    assert.ok(after < 6, `${after} s`);
  } finally {
    camera.tell("resume");
  }
  await moves(live.video(page, "door"), 20);
  await leave(page);
});

story("monitoring is switched off and on, in every window, and stays so over a restart", async () => {
  const [page, other] = [await visit(browser, recorder, "/"), await visit(browser, recorder, "/events")];
  const isOn = (where, on) => until(`monitoring ${on ? "on" : "off"}`, 5, async () => (await top.monitoring(where).getAttribute("aria-checked")) === String(on));
  await isOn(page, true);
  await top.monitoring(page).click();
  await isOn(page, false);
  await isOn(other, false);
  const { monitoring, by } = await recorder.owner("GET", "/status");
  assert.deepEqual({ monitoring, by }, { monitoring: false, by: "anna" });

  await recorder.die("SIGTERM");
  await recorder.comeBack();
  assert.equal((await recorder.owner("GET", "/status")).monitoring, false);
  await isOn(page, false);
  await until("the switch to answer", 20, async () => {
    await top.monitoring(page).click();
    return (await recorder.owner("GET", "/status")).monitoring;
  });
  await isOn(other, true);
  await leave(page, NOBODY_THERE);
  await leave(other, NOBODY_THERE);
});

story("a camera that dies is offline with the cause, and live again when it is back", async () => {
  const page = await visit(browser, recorder, "/");
  await live.tile(page, "door", "live").waitFor({ timeout: 60_000 });
  await moves(live.video(page, "door"), 10);
  await camera.die();
  const offline = live.tile(page, "door", "offline");
  const gone = await secondsOf(() => offline.waitFor({ timeout: 30_000 }));
  const state = await recorder.cameraState("door");
  assert.equal(state.state, "offline");
  assert.ok(state.cause, "no cause is told");
  await offline.getByText(state.cause).last().waitFor();
  await offline.getByText(/^Offline for/).waitFor();
  console.log(`offline after ${gone.toFixed(1)} s: ${state.cause}`);

  await camera.comeBack();
  const back = await secondsOf(() => live.tile(page, "door", "live").waitFor({ timeout: 45_000 }));
  await moves(live.video(page, "door"), 5);
  console.log(`back after ${back.toFixed(1)} s`);
  assert.ok(back <= 5, `back after ${back} s`);
  await leave(page, NOBODY_THERE);
});

story("a recorder that dies is said to be silent, and is live again when it is back", async () => {
  const page = await visit(browser, recorder, "/");
  await moves(live.video(page, "door"), 10);
  await recorder.die();
  const banner = await secondsOf(() => top.silentRecorder(page).waitFor({ timeout: 30_000 }));
  assert.ok(banner <= 5, `the banner came after ${banner} s`);
  await recorder.comeBack();
  await top.silentRecorder(page).waitFor({ state: "hidden", timeout: 45_000 });
  await live.tile(page, "door", "live").waitFor({ timeout: 45_000 });
  await moves(live.video(page, "door"), 10);
  await leave(page, NOBODY_THERE);
});

story("wrong credentials are told as such", async () => {
  const guarded = await Camera.begin("--mount", "door=scene:h264", "--user", "watchpost", "--password", "right", "--still", "inf");
  const there = await Recorder.begin({
    wrong: { source: guarded.address(), user: "watchpost", password: "wrong" },
    right: { source: guarded.address(), user: "watchpost", password: "right" },
  });
  try {
    await there.live("right");
    const state = await until("the refusal", 15, async () => {
      const camera = await there.cameraState("wrong");
      return camera.state === "offline" && camera;
    });
    assert.match(`${state.cause} ${state.hint}`, /password|credentials|refused|unauthori[sz]ed/i);
    const page = await visit(browser, there, "/");
    await live.tile(page, "wrong", "offline").getByText(state.cause).last().waitFor();
    await moves(live.video(page, "right"), 10);
    await leave(page);
    assert.ok(!there.said().join("\n").includes(":wrong@"), "the password stands in the log");
  } finally {
    await there.end();
    await guarded.die();
  }
});
