// Who it was: the page tells what is recognised, in events and now, finds events by it, and says so where the detector fails.
import assert from "node:assert/strict";
import fs from "node:fs";
import path from "node:path";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";
import { camera, clip, list, live, seen, top } from "./pages.mjs";
import { DESKTOP, PHONE, Recorder, barriers, leave, openBrowser, until, visit } from "./watchpost.mjs";

const SHARED = fileURLToPath(new URL("../../../shared", import.meta.url));
const MODEL = path.join(SHARED, "models", "yolox-nano-coco80-416.onnx");
const LABELS = path.join(SHARED, "models", "coco80.txt");
/** One by one, two people come from below to a table in the middle, stand there, and leave to the right. */
const FOOTAGE = path.join(SHARED, "motion", "clips", "d01_real_room_a.mp4");
const missing = [MODEL, LABELS, FOOTAGE].filter((file) => !fs.existsSync(file));
const skip = missing.length > 0 && `there is no ${missing.join(", ")}`;

/** The part of the settings that makes the last camera know people, where they are, and when they leave. */
const WATCHED = `
[[camera.motion.zone]]
name = "table"
points = [[0.3, 0.1], [0.72, 0.1], [0.72, 1.0], [0.3, 1.0]]

[[camera.motion.zone]]
name = "wall"
points = [[0.73, 0.1], [1.0, 0.1], [1.0, 1.0], [0.73, 1.0]]

[[camera.objects.line]]
name = "way out"
from = [0.78, 0.0]
to = [0.78, 1.0]

[[camera.objects.loiter]]
zone = "table"
after = "3s"

[detector]
model = ${JSON.stringify(MODEL)}
labels = ${JSON.stringify(LABELS)}
classes = ["person"]
`;

let browser, recorder, event;

before(async () => {
  browser = await openBrowser();
  if (skip) return;
  recorder = await recorderWith({ room: { source: `file:${FOOTAGE}?loop`, pre_roll: "2s", post_roll: "2s" } }, WATCHED);
  await recorder.live("room", 30);
  event = await recorder.event("room", "an event with somebody who did something", 150, (one) => one.end !== null && one.objects.length > 0);
});
after(async () => {
  await browser?.close();
  await recorder?.end();
});

/** A recorder whose settings end in `more`, which is of the last camera first. */
async function recorderWith(cameras, more) {
  const begun = await Recorder.begin({});
  await begun.die("SIGTERM");
  fs.writeFileSync(begun.settings, begun.written(cameras) + more);
  await begun.comeBack();
  return begun;
}

const story = (name, play) => test(name, { timeout: 360_000, skip }, play);

const total = (page, words) => until(`"${words}"`, 5, async () => (await list.count(page).textContent()).trim() === words);
const told = (count) => `${count} ${count === 1 ? "event" : "events"}`;
const countOf = async (query) => (await recorder.owner("GET", `/events?camera=room&${query}`)).total;
const sightingsOf = async () => (await recorder.owner("GET", `/events/${event.id}/objects`)).objects;
const percent = (score) => `${Math.round(score * 100)} %`;

/** No new events come while somebody counts them. */
async function quietly(play) {
  await recorder.owner("POST", "/stop");
  await until("no event to go on", 30, async () => (await recorder.owner("GET", "/events?camera=room")).events.every((one) => one.end !== null));
  try {
    await play();
  } finally {
    await recorder.owner("POST", "/start");
  }
}

async function openEvent(look = {}) {
  const page = await visit(browser, recorder, `/events/${event.id}`, look);
  const video = clip.video(page);
  await until("the clip to be ready", 20, () => video.evaluate((one) => one.readyState >= 2 && Number.isFinite(one.duration)));
  return [page, video];
}

async function seekTo(video, second) {
  await video.evaluate(async (one, to) => {
    one.pause();
    const sought = new Promise((done) => one.addEventListener("seeked", done, { once: true }));
    one.currentTime = to;
    await sought;
  }, second);
}

/** When the clip begins, in ms since 1970: at the key picture before the event. */
const clipStart = async (video) => Date.parse(event.start) - Math.max(0, (await video.evaluate((one) => one.duration)) - event.duration) * 1000;

story("an event's card says who it was, and its title too", async () => {
  const [best, ...others] = event.objects;
  assert.deepEqual([best.label, others, event.recognition], ["person", [], "known"]);
  const words = best.count === 1 ? `Person ${percent(best.score)}` : `${best.count} people`;
  const page = await visit(browser, recorder, "/events");
  const card = list.card(page, event.id);
  assert.match((await card.textContent()).trim(), new RegExp(`^${words}, room, `));
  await card.click();
  await page.getByRole("dialog", { name: best.count === 1 ? "Person at room" : `${words} at room` }).waitFor();
  await leave(page);
});

story("events are found by class, zone and words; all of it stands in the address and survives a reload", () =>
  quietly(async () => {
    const all = (await recorder.owner("GET", "/events")).total;
    const [people, atTable, both] = [await countOf("label=person"), await countOf("label=person&zone=table"), await countOf("label=person&zone=table&text=room%20table")];
    assert.ok(people > 0 && atTable > 0, `${people} of people, ${atTable} of them at the table`);
    const page = await visit(browser, recorder, "/events");
    await total(page, told(all));
    await seen.filter(page).click();
    await seen.choice(page).getByRole("button", { name: "Person" }).click();
    await page.waitForURL(/[?&]label=person/);
    await total(page, told(people));
    await seen.choice(page).getByRole("button", { name: "table" }).click();
    await page.waitForURL(/zone=table/);
    await total(page, told(atTable));
    await page.keyboard.press("Escape");
    await seen.filter(page, "Person in table").waitFor();

    // So slowly that each letter is searched.
    await seen.search(page).pressSequentially("room table", { delay: 400 });
    await page.waitForURL(/text=room\+table/);
    await total(page, told(both));
    await page.reload();
    await total(page, told(both));
    assert.equal(await seen.search(page).inputValue(), "room table");
    assert.deepEqual([...new URL(page.url()).searchParams], [["label", "person"], ["zone", "table"], ["text", "room table"]]);

    // However many letters it had, one step back is before the search.
    await page.goBack();
    await page.waitForURL((url) => !url.searchParams.has("text"));
    await total(page, told(atTable));
    assert.equal(await seen.search(page).inputValue(), "");
    await leave(page);
  }));

story("where nothing fits the page says so, and offers to clear", () =>
  quietly(async () => {
    const all = (await recorder.owner("GET", "/events")).total;
    const page = await visit(browser, recorder, "/events?label=person");
    await seen.search(page).fill("zebra");
    await seen.search(page).press("Enter");
    await total(page, "0 events");
    await page.getByText("No events fit these filters.").waitFor();
    await page.locator(".empty").getByRole("button", { name: "Clear filters" }).click();
    await total(page, told(all));
    assert.equal(new URL(page.url()).search, "");
    assert.equal(await seen.search(page).inputValue(), "");
    await leave(page);
  }));

story("an event lists who was there, when and what they did; a click goes to that moment", async () => {
  const [sighting] = await sightingsOf();
  const [page, video] = await openEvent();
  const row = seen.sightings(page).getByRole("listitem").first();
  await row.getByText(`Person ${percent(sighting.score)}`).waitFor();
  for (const deed of sighting.deeds) {
    const words = { entered: `came into ${deed.zone}`, left: `left ${deed.zone}`, loitered: `stayed in ${deed.zone}`, crossed: `crossed ${deed.line} to the ${deed.side}` }[deed.kind];
    await row.getByRole("button", { name: words }).first().waitFor();
  }
  const start = await clipStart(video);
  const moments = [[row.getByRole("button", { name: /^Person/ }), sighting.first], ...sighting.deeds.slice(-1).map(({ at }) => [row.getByRole("button").last(), at])];
  for (const [button, at] of moments) {
    const wanted = (Date.parse(at) - start) / 1000;
    await seekTo(video, wanted > 2 ? 0 : 4);
    await button.click();
    await until(`the clip to be at ${wanted} s`, 5, async () => Math.abs((await video.evaluate((one) => one.currentTime)) - wanted) < 0.5);
  }
  await leave(page);
});

story("over the clip stands a box with the name, where the recorder saw it", async () => {
  const { traces } = await recorder.owner("GET", `/events/${event.id}/traces`);
  const trace = traces.find(({ label }) => label === "person");
  assert.ok(trace, "no trace has a label");
  const place = trace.places[Math.floor(trace.places.length / 2)];
  const [page, video] = await openEvent();
  await seekTo(video, (Date.parse(place.at) - (await clipStart(video))) / 1000);
  const box = seen.boxes(page, "person");
  assert.equal(await box.count(), 0, "boxes that nobody asked for");
  await page.keyboard.press("b");
  await box.first().waitFor();
  assert.equal(await box.first().textContent(), "Person");
  const frame = await video.boundingBox();
  // The video is 16:9 and lies in the middle of its place.
  const [width, height] = [Math.min(frame.width, (frame.height * 16) / 9), Math.min(frame.height, (frame.width * 9) / 16)];
  const [left, upper] = [frame.x + (frame.width - width) / 2, frame.y + (frame.height - height) / 2];
  const drawn = (await Promise.all((await box.all()).map((one) => one.boundingBox()))).map((one) => [(one.x - left) / width, (one.y - upper) / height, one.width / width, one.height / height]);
  const near = drawn.some((one) => one.every((share, side) => Math.abs(share - place.box[side]) < 0.04));
  assert.ok(near, `drawn at ${JSON.stringify(drawn)}, seen at ${JSON.stringify(place.box)}`);
  await page.keyboard.press("b");
  await box.first().waitFor({ state: "detached" });
  await leave(page);
});

story("when the list comes late, nothing else in the dialog moves", async () => {
  for (const viewport of [DESKTOP, PHONE]) {
    const page = await visit(browser, recorder, "/", { viewport });
    let answer;
    const asked = new Promise((done) => (answer = done));
    await page.route("**/events/*/objects", async (route) => {
      await asked;
      await route.continue();
    });
    await page.goto(`${recorder.origin}/events/${event.id}`);
    const video = clip.video(page);
    await until("the clip to be ready", 20, () => video.evaluate((one) => one.readyState >= 2));
    const places = () => Promise.all([clip.dialog(page), video, clip.download(page), clip.keep(page), clip.position(page)].map((one) => one.boundingBox()));
    const without = await until("all to stand still", 10, async () => {
      const [one, other] = [await places(), await places()];
      return JSON.stringify(one) === JSON.stringify(other) && one;
    });
    assert.equal(await seen.sightings(page).getByRole("listitem").count(), 0);
    answer();
    await seen.sightings(page).getByRole("listitem").first().waitFor();
    const [dialog, ...within] = await places();
    assert.deepEqual(within, without.slice(1), `at ${viewport.width} px`);
    assert.deepEqual([dialog.x, dialog.y], [without[0].x, without[0].y]);
    await leave(page);
  }
});

story("a camera's page says who is there now and was there today, and draws boxes when asked", async () => {
  const page = await visit(browser, recorder, "/live/room");
  const panel = seen.panel(page);
  await panel.getByText(/^There now: (1 person|\d people)\.$/).waitFor({ timeout: 120_000 });
  await panel.getByText("There now: nothing that is known.").waitFor({ timeout: 120_000 });

  await page.reload();
  const { objects } = await recorder.owner("GET", `/cameras/room/counts?from=${encodeURIComponent(new Date(Date.now() - 3_600_000).toISOString())}&to=${encodeURIComponent(new Date().toISOString())}`);
  const people = objects.find(({ label }) => label === "person").count;
  await until("the day's people", 10, async () => Number(/^\d+/.exec(await panel.locator('[data-count="person"]').textContent())?.[0]) >= people);

  assert.equal(await seen.boxes(page, "person").count(), 0);
  await camera.control(page, "Show boxes").click();
  await seen.boxes(page, "person").first().waitFor({ timeout: 120_000 });
  assert.match(await seen.boxes(page, "person").first().textContent(), /^Person \d+ %$/);
  await camera.control(page, "Hide boxes").click();
  await seen.boxes(page, "person").first().waitFor({ state: "detached" });

  await panel.locator('[data-count="person"]').getByRole("link").click();
  await page.waitForURL(/\/events\?camera=room&range=today&label=person$/);
  await list.cards(page).first().waitFor();
  await leave(page);
});

story("the wall of pictures says who is there, and so does the picture where motion is set up", async () => {
  const wall = await visit(browser, recorder, "/");
  const setUp = await visit(browser, recorder, "/live/room/motion");
  await Promise.all([
    live.picture(wall, "room").getByText(/^(1 person|\d people)$/).waitFor({ timeout: 120_000 }),
    seen.boxes(setUp, "person").first().waitFor({ timeout: 120_000 }),
  ]);
  await leave(wall);
  await leave(setUp);
});

story("the state of the recorder tells what looks, and how long it takes", async () => {
  const detector = await recorder.owner("GET", "/detector");
  assert.equal(detector.state, "ready");
  const page = await visit(browser, recorder, "/events");
  await top.faults(page).click();
  const words = new RegExp(`^Ready: ${path.basename(MODEL)}, ${detector.engine}, looks at 416 × 416, [\\d.]+ ms a look\\.$`);
  await seen.detector(page).getByText(words).waitFor();
  await leave(page);
});

story("what is recognised is open to everyone, in both themes, on phone and desktop", async () => {
  const places = {
    "the list": ["/events?label=person&text=room", (page) => list.cards(page).first()],
    "the filter": ["/events", (page) => seen.choice(page).getByRole("button", { name: "Person" }), (page) => seen.filter(page).click()],
    "an event": [`/events/${event.id}`, (page) => seen.sightings(page).getByRole("listitem").first()],
    "a camera": ["/live/room", (page) => seen.panel(page).locator("[data-count]").first(), (page) => seen.panel(page).evaluate((one) => one.scrollIntoView({ block: "center" }))],
    "the detector": ["/events", (page) => seen.detector(page).getByText(/^Ready/), (page) => top.faults(page).click()],
  };
  for (const [name, [where, stands, prepare]] of Object.entries(places)) {
    for (const theme of ["dark", "light"]) {
      for (const viewport of [PHONE, DESKTOP]) {
        const page = await visit(browser, recorder, where, { theme, viewport, script: () => localStorage.setItem("watchpost-clip-moved", "shown") });
        await prepare?.(page);
        await stands(page).waitFor({ timeout: 45_000 });
        assert.deepEqual(await barriers(page), [], `${name}, ${theme}, ${viewport.width} px`);
        const over = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
        assert.equal(over, 0, `${name} is ${over} px too wide at ${viewport.width}`);
        if (process.env.SHOTS) await page.screenshot({ path: `${process.env.SHOTS}/objects-${name.replace(/\W+/g, "-")}-${viewport.width}-${theme}.png` });
        await leave(page);
      }
    }
  }
});

test("a detector that fails is said plainly, and what it missed is not called nobody", { timeout: 360_000 }, async () => {
  const poisoned = await Recorder.begin({});
  try {
    await poisoned.die("SIGTERM");
    const model = path.join(poisoned.folder, "poisoned.onnx");
    fs.writeFileSync(model, "this is no model");
    fs.writeFileSync(poisoned.settings, `${poisoned.written({ garden: { source: "demo:", pre_roll: "2s", post_roll: "1s" } })}\n[detector]\nmodel = ${JSON.stringify(model)}\nclasses = ["person"]\n`);
    await poisoned.comeBack();
    const detector = await until("the detector to fail", 30, async () => {
      const told = await poisoned.owner("GET", "/detector");
      return told.state === "failing" && told;
    });
    assert.ok(detector.cause && detector.hint, JSON.stringify(detector));
    const missed = await poisoned.event("garden", "an event that nobody could look at", 90, (one) => one.end !== null && one.kinds.includes("motion"));
    assert.deepEqual([missed.recognition, missed.objects], ["unknown", []]);

    const page = await visit(browser, poisoned, "/live/garden");
    const saysSo = async (place) => {
      for (const words of ["Recording goes on by motion.", detector.cause, detector.hint]) await place.getByText(words, { exact: true }).waitFor();
    };
    await saysSo(seen.panel(page));
    await top.faults(page).click();
    await saysSo(seen.detector(page));
    assert.deepEqual(await barriers(page), []);
    await page.goto(`${poisoned.origin}/events`);
    assert.match(await list.card(page, missed.id).textContent(), /Motion – Not recognised: the detector failed, garden/);
    await page.locator(`.card[data-event="${missed.id}"]`).getByText("Not recognised", { exact: true }).waitFor();
    await list.card(page, missed.id).click();
    await clip.dialog(page).getByText("Not recognised: the detector failed", { exact: true }).waitFor();
    await leave(page);
  } finally {
    await poisoned.end();
  }
});
