// Events: they come, their clips play, and the owner keeps, downloads, deletes and finds them.
import assert from "node:assert/strict";
import fs from "node:fs";
import path from "node:path";
import { after, before, test } from "node:test";
import { clip, list, live } from "./pages.mjs";
import { Camera, Recorder, decode, ffprobe, leave, momentOf, openBrowser, request, until, visit } from "./watchpost.mjs";

const PRE_ROLL = 5;
let camera, browser, recorder, walked;

before(async () => {
  camera = await Camera.begin("--mount", "door=scene:h264", "--mount", "yard=scene:h264", "--still", "inf", "--walk", "4");
  const keys = { pre_roll: `${PRE_ROLL}s`, post_roll: "2s" };
  recorder = await Recorder.begin({ door: { source: camera.address("door"), ...keys }, yard: { source: camera.address("yard"), ...keys } });
  browser = await openBrowser();
  walked = [await somebodyWalks()];
  await bothEnded(walked[0]);
});
after(async () => {
  await browser?.close();
  await recorder?.end();
  await camera?.die();
});

const story = (name, play) => test(name, { timeout: 360_000 }, play);

/** Somebody steps in once the pre-roll of both cameras is full; gives the moment. */
async function somebodyWalks() {
  for (const name of ["door", "yard"]) {
    await until(`${PRE_ROLL} s of pre-roll at ${name}`, 40, async () => {
      const { state, since } = await recorder.cameraState(name);
      return state === "live" && Date.now() - Date.parse(since) > (PRE_ROLL + 3) * 1000;
    });
  }
  return camera.walk();
}

const eventOf = (name, moment, seconds = 15) =>
  recorder.event(name, `the event at ${name}`, seconds, (event) => Math.abs(Date.parse(event.triggered) - moment) < 6000);

async function bothEnded(moment) {
  for (const name of ["door", "yard"]) {
    await recorder.event(name, `the end of the event at ${name}`, 40, (event) => event.end !== null && Math.abs(Date.parse(event.triggered) - moment) < 6000);
  }
}

/** The moment (ms since 1970) of the picture that the clip shows at that second of it, and where it says it is. */
async function pictureAt(video, second, near) {
  const { value, at } = await video.evaluate(async (one, to) => {
    one.pause();
    const sought = new Promise((done) => one.addEventListener("seeked", done, { once: true }));
    one.currentTime = to;
    await sought;
    return { value: window.barcode.read(one), at: one.currentTime };
  }, second);
  assert.notEqual(value, null, `no barcode in the clip at ${second} s`);
  return { moment: momentOf(value, near), at };
}

async function openClip(page) {
  const video = clip.video(page);
  await video.waitFor({ timeout: 45_000 });
  await until("the clip to be ready", 15, () => video.evaluate((one) => one.readyState >= 2 && Number.isFinite(one.duration)));
  return video;
}

story("an event tells who came, when, and from when on there is footage", async () => {
  const event = await eventOf("door", walked[0]);
  const seen = (Date.parse(event.triggered) - walked[0]) / 1000;
  assert.ok(seen > -0.2 && seen < 3, `triggered ${seen} s after somebody stepped in`);
  assert.deepEqual([event.camera, event.kinds, event.ended, event.kept, event.snapshot], ["door", ["motion"], "quiet", false, true]);
  assert.ok(event.pre_roll >= 4 && event.pre_roll <= PRE_ROLL + 1.1, `pre-roll ${event.pre_roll} s`);
  assert.match(event.start, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?[+-]\d\d:\d\d$/);
  assert.ok(Math.abs((Date.parse(event.end) - Date.parse(event.start)) / 1000 - event.duration) < 0.1);
  console.log(`seen after ${seen.toFixed(2)} s; ${event.duration.toFixed(1)} s with ${event.pre_roll.toFixed(1)} s before`);
});

story("its pictures are JPEG: one clean, one with the motion marked, one small", async () => {
  const event = await eventOf("door", walked[0]);
  const cookie = await recorder.session();
  const pictures = {};
  for (const kind of ["clean", "marked", "thumb"]) {
    const answer = await recorder.ask("GET", `/events/${event.id}/snapshot.jpg?kind=${kind}`, { cookie });
    assert.deepEqual([answer.status, answer.headers["content-type"]], [200, "image/jpeg"], kind);
    assert.equal(answer.body.subarray(0, 2).toString("hex"), "ffd8", kind);
    pictures[kind] = answer.body;
  }
  assert.ok(!pictures.clean.equals(pictures.marked), "nothing is marked");
  assert.ok(pictures.thumb.length < pictures.clean.length);
});

story("the clip plays in the dialog, jumps where one seeks, and begins before the trigger", async () => {
  const event = await eventOf("door", walked[0]);
  const [start, triggered] = [Date.parse(event.start), Date.parse(event.triggered)];
  const page = await visit(browser, recorder, "/events");
  await list.card(page, event.id).click();
  const video = await openClip(page);
  await until("the clip to play", 10, () => video.evaluate((one) => one.currentTime > 0.3));

  const first = await pictureAt(video, 0, start);
  assert.ok(triggered - first.moment >= 4000, `the clip begins ${triggered - first.moment} ms before the trigger`);
  assert.ok(Math.abs(first.moment - start) < 1500, `the event says ${event.start}, the picture ${new Date(first.moment).toISOString()}`);
  for (const second of [6, 2, 8]) {
    const there = await pictureAt(video, second, start);
    assert.ok(Math.abs(there.at - second) < 0.05, `at ${there.at} s, not ${second}`);
    assert.ok(Math.abs(there.moment - first.moment - second * 1000) < 200, `${second} s into the clip the picture is of ${there.moment - first.moment} ms`);
  }
  const length = await video.evaluate((one) => one.duration);
  assert.ok(Math.abs(length - event.duration) < 1.5, `${length} s of clip, ${event.duration} s of event`);

  const before = await video.evaluate((one) => one.currentTime);
  await clip.position(page).focus();
  await page.keyboard.press("j"); // 10 s back, or to the beginning
  await until("the keys to seek", 5, () => video.evaluate((one, from) => Math.abs(one.currentTime - from) > 3, before));
  await page.keyboard.press("Escape");
  await clip.dialog(page).waitFor({ state: "hidden" });
  await until("the focus to be back on the card", 5, () => list.card(page, event.id).evaluate((one) => one === document.activeElement));
  await leave(page);
});

story("the download is one MP4 that anything plays", async () => {
  const event = await eventOf("door", walked[0]);
  const page = await visit(browser, recorder, `/events/${event.id}`);
  const [download] = await Promise.all([page.waitForEvent("download", { timeout: 60_000 }), clip.download(page).click()]);
  assert.match(download.suggestedFilename(), /^door_\d{4}-\d\d-\d\d_\d\d-\d\d-\d\d\.mp4$/);
  const file = path.join(recorder.folder, "download.mp4");
  await download.saveAs(file);
  const { seconds, streams } = ffprobe(file);
  assert.deepEqual(streams, [{ codec_name: "h264", width: 640, height: 360 }]);
  assert.ok(seconds >= event.duration - 0.5 && seconds <= event.duration + 1.5, `${seconds} s of file, ${event.duration} s of event`);
  const pictures = decode(file);
  assert.ok(pictures > seconds * 15 * 0.85, `${pictures} pictures in ${seconds} s`);
  await leave(page);
});

story("parts of a clip can be asked for, and are the same bytes", async () => {
  const event = await eventOf("yard", walked[0]);
  const cookie = await recorder.session();
  const url = `/events/${event.id}/clip.mp4`;
  const whole = await recorder.ask("GET", url, { cookie });
  assert.deepEqual([whole.status, whole.headers["content-type"], whole.headers["accept-ranges"]], [200, "video/mp4", "bytes"]);
  assert.ok(whole.headers.etag, "no ETag");
  const size = whole.body.length;
  for (const [range, from, to] of [["0-99", 0, 100], ["1000-", 1000, size], ["-500", size - 500, size], [`${size - 1}-${size + 50}`, size - 1, size]]) {
    const part = await recorder.ask("GET", url, { cookie, headers: { Range: `bytes=${range}` } });
    assert.deepEqual([part.status, part.headers["content-range"]], [206, `bytes ${from}-${to - 1}/${size}`], range);
    assert.ok(part.body.equals(whole.body.subarray(from, to)), `bytes=${range}`);
  }
  const beyond = await recorder.ask("GET", url, { cookie, headers: { Range: `bytes=${size}-` } });
  assert.equal(beyond.status, 416);
  const same = await recorder.ask("GET", url, { cookie, headers: { "If-None-Match": whole.headers.etag } });
  assert.equal(same.status, 304);
});

story("a kept event says so everywhere, and the filter finds it", async () => {
  const event = await eventOf("yard", walked[0]);
  const page = await visit(browser, recorder, `/events/${event.id}`);
  await clip.keep(page).click();
  await until("the event to be kept", 5, async () => (await recorder.owner("GET", `/events/${event.id}`)).kept);
  await page.goto(`${recorder.origin}/events?kept=1`);
  await until("only the kept event", 5, async () => (await list.cards(page).count()) === 1);
  await list.keptCard(page, event.id).waitFor();

  await list.card(page, event.id).click();
  await clip.keep(page).click();
  await until("the event not to be kept", 5, async () => !(await recorder.owner("GET", `/events/${event.id}`)).kept);
  await leave(page);
});

story("a deleted event is gone at once, and undo brings it back", async () => {
  const event = await eventOf("yard", walked[0]);
  const page = await visit(browser, recorder, "/events");
  await list.card(page, event.id).waitFor();
  const { total } = await recorder.owner("GET", "/events");
  await list.card(page, event.id).click();
  await clip.remove(page).click();
  await until("the event to be gone", 5, async () => (await recorder.owner("GET", "/events")).total === total - 1);
  await list.undo(page).click();
  await until("the event to be back", 5, async () => (await recorder.owner("GET", "/events")).total === total);
  await page.goto(`${recorder.origin}/events`);
  await list.card(page, event.id).waitFor();
  const again = await recorder.ask("GET", `/events/${event.id}/clip.mp4`, { cookie: await recorder.session() });
  assert.equal(again.status, 200, "its footage is gone");
  await leave(page, /status of 404/); // the dialog may have asked for the deleted event's picture
});

story("the filters stand in the address and survive a reload and Back", async () => {
  const page = await visit(browser, recorder, "/events");
  const total = async (words) => until(`"${words}"`, 5, async () => (await list.count(page).textContent()).trim() === words);
  await total("2 events");
  await list.filters(page).getByRole("button", { name: "All cameras" }).click();
  await page.getByRole("dialog", { name: "Cameras" }).getByRole("checkbox", { name: "yard" }).check();
  await page.waitForURL(/[?&]camera=yard/);
  await total("1 event");
  await page.keyboard.press("Escape");
  await page.reload();
  await total("1 event");
  assert.match(page.url(), /[?&]camera=yard/);

  await list.filters(page).getByRole("button", { name: "Any time" }).click();
  await page.getByRole("dialog", { name: "Time" }).getByRole("button", { name: "Yesterday" }).click();
  await page.waitForURL(/range=yesterday/);
  await total("0 events");
  await page.getByText("No events fit these filters.").waitFor();
  await page.goBack();
  await total("1 event");

  // A range around the event, as the recorder's clock tells it.
  const event = await eventOf("yard", walked[0]);
  const local = (moment) => new Intl.DateTimeFormat("sv-SE", { timeZone: "Europe/Berlin", dateStyle: "short", timeStyle: "short" }).format(moment).replace(" ", "T");
  await list.filters(page).getByRole("button", { name: "Any time" }).click();
  await page.getByLabel("From", { exact: true }).fill(local(Date.parse(event.start) - 60_000));
  await page.getByLabel("To", { exact: true }).fill(local(Date.parse(event.start) + 120_000));
  await page.getByRole("button", { name: "Apply" }).click();
  await page.waitForURL(/from=.*to=/);
  await total("1 event");
  await list.filters(page).getByRole("button", { name: "Clear filters" }).click();
  await total("2 events");
  assert.equal(new URL(page.url()).search, "");
  await leave(page);
});

story("a new event comes to the page by itself, while it still goes on", async () => {
  const page = await visit(browser, recorder, "/events");
  await until("the list", 10, async () => (await list.cards(page).count()) === 2);
  const wall = await visit(browser, recorder, "/");
  walked.push(await somebodyWalks());
  const event = await eventOf("door", walked[1]);
  assert.equal(event.end, null, "it was told only after it had ended");
  const [inList, onWall] = await Promise.all([
    list.card(page, event.id).waitFor({ timeout: 9_000 }).then(() => true),
    wall.locator(`[data-event="${event.id}"]`).waitFor({ timeout: 9_000 }).then(() => true),
  ]);
  assert.ok(inList && onWall);
  await live.picture(wall, "door").getByText("Recording").waitFor({ timeout: 9_000 });

  // Its clip plays before it is complete.
  const url = `/events/${event.id}/clip.mp4`;
  const early = await until("the first of its clip", 10, async () => {
    const answer = await recorder.ask("GET", url, { cookie: await recorder.session() });
    return answer.status === 200 && answer.body;
  });
  const file = path.join(recorder.folder, "early.mp4");
  fs.writeFileSync(file, early);
  assert.ok(ffprobe(file).seconds > 3);
  assert.ok(decode(file) > 45);
  await bothEnded(walked[1]);
  await leave(page);
  await leave(wall);
});

story("what is recorded plays with any player as it lies on the disk", async () => {
  const media = path.join(recorder.folder, "data", "media");
  const files = fs.readdirSync(media, { recursive: true }).map(String).filter((file) => file.endsWith(".mp4"));
  const named = files.filter((file) => /^(door|yard)\/\d{4}-\d\d-\d\d\/\d{8}_\d{6}(_\d+)?\.mp4$/.test(file));
  assert.deepEqual(named, files);
  assert.ok(files.length >= 2, files.join());
  for (const file of files) {
    const { streams } = ffprobe(path.join(media, file));
    assert.equal(streams.length, 1, file);
    assert.ok(decode(path.join(media, file)) > 0, file);
  }
});

story("any stretch of the recordings is one MP4", async () => {
  const event = await eventOf("door", walked[0]);
  const { recordings } = await recorder.owner("GET", "/recordings?camera=door");
  const holds = recordings.find((one) => Date.parse(one.start) <= Date.parse(event.triggered) && Date.parse(one.end) >= Date.parse(event.triggered));
  assert.ok(holds && holds.bytes > 10_000, JSON.stringify(recordings));
  const [from, to] = [0, 3000].map((more) => encodeURIComponent(new Date(Date.parse(event.triggered) + more).toISOString()));
  const answer = await recorder.ask("GET", `/recordings/clip.mp4?camera=door&from=${from}&to=${to}`, { cookie: await recorder.session() });
  assert.equal(answer.status, 200);
  const file = path.join(recorder.folder, "stretch.mp4");
  fs.writeFileSync(file, answer.body);
  const { seconds } = ffprobe(file);
  assert.ok(seconds >= 2.8 && seconds <= 4.3, `${seconds} s`);
});

story("the footage of an H.265 camera is recorded as it came", async () => {
  const there = await Camera.begin("--mount", "yard=scene:h265", "--still", "inf");
  const other = await Recorder.begin({ yard: { source: there.address("yard"), record: "continuous" } });
  try {
    await other.live("yard");
    const file = await until("5 s of footage", 30, async () => {
      const { recordings } = await other.owner("GET", "/recordings?camera=yard");
      const [one] = recordings;
      return one && Date.parse(one.end) - Date.parse(one.start) > 5000 && one;
    });
    const query = `camera=yard&from=${encodeURIComponent(file.start)}&to=${encodeURIComponent(file.end)}`;
    const answer = await request(`${other.origin}/api/v1/recordings/clip.mp4?${query}`, "GET", { Cookie: await other.session() });
    const place = path.join(other.folder, "yard.mp4");
    fs.writeFileSync(place, answer.body);
    const { streams, seconds } = ffprobe(place);
    assert.deepEqual(streams, [{ codec_name: "hevc", width: 640, height: 360 }]);
    assert.ok(seconds > 4.5, `${seconds} s`);
    assert.ok(decode(place) > 60);
  } finally {
    await other.end();
    await there.die();
  }
});
