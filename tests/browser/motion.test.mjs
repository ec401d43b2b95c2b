// What counts as motion: zones and masks drawn by mouse, finger and keys; the slider and what it would have been; what
// moved in an event, and how much in a day.
import assert from "node:assert/strict";
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { after, before, test } from "node:test";
import { camera, clip, motion } from "./pages.mjs";
import { DESKTOP, PHONE, Recorder, barriers, drawFaintWalk, leave, openBrowser, until, visit } from "./watchpost.mjs";

const VIEWER = { name: "gast", password: "only looks at things" };
const FILE = { sensitivity: 0.6, min_travel: 0.02 };
/** Who looks so closely sees what walks there. */
const CLOSE = { sensitivity: 0.8 };
let films, browser, recorder, event;

before(async () => {
  films = fs.mkdtempSync(path.join(os.tmpdir(), "watchpost-films-"));
  recorder = await Recorder.begin({
    garden: { source: "demo:", pre_roll: "2s", post_roll: "1s", motion: FILE },
    hall: { source: `file:${drawFaintWalk(films)}?loop`, pre_roll: "1s", post_roll: "1s", motion: CLOSE },
  });
  recorder.addUser(VIEWER, "viewer");
  browser = await openBrowser();
  await recorder.live("garden", 30);
  event = await recorder.event("garden", "an event that has ended", 90, (one) => one.end !== null && one.kinds.includes("motion"));
  await recorder.event("hall", "somebody to walk through the hall", 90, (one) => one.end !== null && one.kinds.includes("motion"));
  await writtenDown();
});
after(async () => {
  await browser?.close();
  await recorder?.end();
  if (films) fs.rmSync(films, { recursive: true, force: true });
});

/** What was looked at is written down when nobody looks any more, or after a quarter of an hour. */
async function writtenDown() {
  await recorder.owner("POST", "/stop");
  const range = { from: new Date(Date.now() - 3_600_000).toISOString(), to: new Date(Date.now() + 60_000).toISOString() };
  for (const name of ["garden", "hall"]) {
    await until("what was looked at to be kept", 20, async () => (await recorder.owner("POST", `/cameras/${name}/motion/replay`, range)).covered > 5);
  }
  await recorder.owner("POST", "/start");
}

const story = (name, play) => test(name, { timeout: 360_000 }, play);

const settings = async () => (await recorder.owner("GET", "/cameras/garden/motion")).settings;
const asInTheFile = () => recorder.owner("DELETE", "/cameras/garden/motion");

/** Opens the page and gives what places on the picture are on the screen. */
async function openMotion(look = {}, name = "garden") {
  const page = await visit(browser, recorder, `/live/${name}/motion`, look);
  await motion.stage(page).waitFor({ timeout: 45_000 });
  await motion.stage(page).locator("img").first().evaluate((one) => one.decode().catch(() => undefined));
  await motion.stage(page).scrollIntoViewIfNeeded();
  const at = async ([x, y]) => {
    const box = await motion.stage(page).boundingBox();
    return [box.x + x * box.width, box.y + y * box.height];
  };
  return [page, at];
}

/** Where the page says that a shape has its corners. */
async function toldCorners(page, shape) {
  const labels = await motion.corners(page, shape).evaluateAll((all) => all.map((one) => one.getAttribute("aria-label")));
  return labels.map((label) => /, ([\d.]+) % from the left, ([\d.]+) % from the top$/.exec(label).slice(1).map((one) => Number(one) / 100));
}

function near(found, wanted, tolerance = 0.005) {
  assert.equal(found.length, wanted.length, JSON.stringify(found));
  for (const [corner, place] of wanted.entries()) {
    for (const axis of [0, 1]) assert.ok(Math.abs(found[corner][axis] - place[axis]) <= tolerance, `corner ${corner + 1}: ${found[corner]}, not ${place}`);
  }
}

async function drag(page, at, from, to) {
  await page.mouse.move(...(await at(from)));
  await page.mouse.down();
  await page.mouse.move(...(await at(from.map((one, axis) => (one + to[axis]) / 2))));
  await page.mouse.move(...(await at(to)));
  await page.mouse.up();
}

async function drawWithMouse(page, at, kind, corners) {
  await motion.draw(page, kind).click();
  for (const place of corners) await page.mouse.click(...(await at(place)));
  await motion.stage(page).getByRole("button", { name: "Finish at the first corner" }).click();
}

async function save(page) {
  await motion.save(page).click();
  await page.getByText("Saved. It holds from now on.").waitFor({ timeout: 15_000 });
}

story("a zone is drawn with the mouse, moved, given a corner, undone, saved, and is there again after a reload", async () => {
  await asInTheFile();
  const [page, at] = await openMotion();
  const drawn = [[0.2, 0.3], [0.7, 0.25], [0.8, 0.8], [0.15, 0.85]];
  await drawWithMouse(page, at, "zone", drawn);
  near(await toldCorners(page, "Zone 1"), drawn);

  await drag(page, at, [0.8, 0.8], [0.9, 0.7]);
  near(await toldCorners(page, "Zone 1"), [[0.2, 0.3], [0.7, 0.25], [0.9, 0.7], [0.15, 0.85]]);
  await drag(page, at, [0.45, 0.275], [0.45, 0.1]);
  const grown = [[0.2, 0.3], [0.45, 0.1], [0.7, 0.25], [0.9, 0.7], [0.15, 0.85]];
  near(await toldCorners(page, "Zone 1"), grown);

  await motion.tool(page, "Undo").click();
  await motion.tool(page, "Undo").click();
  near(await toldCorners(page, "Zone 1"), drawn);
  await motion.tool(page, "Redo").click();
  await page.keyboard.press("Control+Shift+Z");
  near(await toldCorners(page, "Zone 1"), grown);
  await motion.corner(page, 2, "Zone 1").click({ button: "right" });
  near(await toldCorners(page, "Zone 1"), grown.toSpliced(1, 1));
  await page.keyboard.press("Control+z");

  await page.getByLabel("Name", { exact: true }).fill("Path");
  await page.getByLabel("Shortest stay").fill("1.5");
  await page.getByLabel("Smallest size").first().fill("0.4");
  await page.getByLabel("Its own sensitivity").check();
  await save(page);
  const [zone] = (await settings()).zones;
  near(zone.area, grown);
  assert.deepEqual({ ...zone, area: 0 }, { name: "Path", area: 0, sensitivity: FILE.sensitivity, min_area: 0.004, min_time: 1.5 });

  await page.reload();
  await motion.edit(page, "Path").click();
  near(await toldCorners(page, "Path"), grown);
  assert.equal(await page.getByLabel("Shortest stay").inputValue(), "1.5");
  await leave(page);
});

story("a mask is drawn with a finger: taps make corners, a drag moves one, a long press removes one", async () => {
  await asInTheFile();
  const [page, at] = await openMotion({ viewport: PHONE });
  const finger = await page.context().newCDPSession(page);
  await finger.send("Emulation.setTouchEmulationEnabled", { enabled: true });
  const touch = (type, place) => finger.send("Input.dispatchTouchEvent", { type, touchPoints: place ? [{ x: place[0], y: place[1] }] : [] });
  const tap = async (place) => {
    await touch("touchStart", await at(place));
    await touch("touchEnd");
  };
  await motion.draw(page, "mask").click();
  await motion.stage(page).scrollIntoViewIfNeeded();
  const drawn = [[0.1, 0.1], [0.6, 0.1], [0.8, 0.5], [0.5, 0.9], [0.1, 0.8]];
  for (const place of drawn) await tap(place);
  await tap(drawn[0]);
  near(await toldCorners(page, "Mask 1"), drawn, 0.01);

  await touch("touchStart", await at(drawn[2]));
  for (const share of [0.3, 0.6, 1]) await touch("touchMove", await at([0.8 + 0.1 * share, 0.5 - 0.1 * share]));
  await touch("touchEnd");
  near(await toldCorners(page, "Mask 1"), drawn.with(2, [0.9, 0.4]), 0.01);

  await touch("touchStart", await at(drawn[3]));
  await until("the corner to go", 3, async () => (await motion.corners(page, "Mask 1").count()) === 4);
  await touch("touchEnd");
  await save(page);
  near((await settings()).masks[0], drawn.with(2, [0.9, 0.4]).toSpliced(3, 1), 0.01);
  await leave(page);
});

/** Goes there by Tab alone, as somebody without a mouse does. */
async function tabTo(page, target) {
  const there = () => target.evaluate((one) => one === document.activeElement);
  for (let steps = 0; steps < 120; steps += 1) {
    if (await there()) return;
    await page.keyboard.press("Tab");
  }
  throw new Error(`Tab does not lead to ${target}`);
}

story("all of it can be done with keys only", async () => {
  await asInTheFile();
  const [page] = await openMotion();
  const press = async (...keys) => {
    for (const key of keys) await page.keyboard.press(key);
  };
  const times = (count, key) => Array(count).fill(key);
  await tabTo(page, motion.draw(page, "zone"));
  // The cross begins in the middle.
  await press("Enter", ...times(4, "Shift+ArrowLeft"), ...times(4, "Shift+ArrowUp"), "Enter");
  await press(...times(8, "Shift+ArrowRight"), "Enter", ...times(8, "Shift+ArrowDown"), ...times(3, "ArrowLeft"), "Enter");
  await tabTo(page, motion.tool(page, "Finish"));
  await press("Enter");
  near(await toldCorners(page, "Zone 1"), [[0.3, 0.3], [0.7, 0.3], [0.67, 0.7]]);

  await tabTo(page, motion.newCorner(page, 3, "Zone 1"));
  await press("Enter");
  await until("the new corner to have the focus", 2, () => motion.corner(page, 4, "Zone 1").evaluate((one) => one === document.activeElement));
  await press(...times(3, "Shift+ArrowLeft"), "ArrowDown");
  const four = [[0.3, 0.3], [0.7, 0.3], [0.67, 0.7], [0.335, 0.51]];
  near(await toldCorners(page, "Zone 1"), four);
  await press("Delete");
  near(await toldCorners(page, "Zone 1"), four.slice(0, 3));
  await press("Control+z");
  near(await toldCorners(page, "Zone 1"), four);
  await tabTo(page, motion.whole(page, "Zone 1"));
  await press("Shift+ArrowRight");
  await tabTo(page, motion.save(page));
  await press("Enter");
  await page.getByText("Saved. It holds from now on.").waitFor({ timeout: 15_000 });
  near((await settings()).zones[0].area, four.map(([x, y]) => [x + 0.05, y]));
  await leave(page);
});

story("what is no shape, or makes no sense, is refused in words and not saved", async () => {
  await asInTheFile();
  const [page, at] = await openMotion();
  await motion.draw(page, "zone").click();
  for (const place of [[0.2, 0.2], [0.8, 0.2]]) await page.mouse.click(...(await at(place)));
  await motion.tool(page, "Finish").click();
  await page.getByText("A shape needs at least 3 corners.").waitFor();
  for (const place of [[0.2, 0.8], [0.8, 0.8]]) await page.mouse.click(...(await at(place)));
  await motion.tool(page, "Finish").click();
  await page.getByText("Two of its sides cross.").first().waitFor();
  await motion.save(page).click();
  await page.getByText("Not saved. Finish or cancel what you are drawing first.").waitFor();
  await page.keyboard.press("Escape");

  await drawWithMouse(page, at, "zone", [[0.2, 0.2], [0.8, 0.2], [0.8, 0.8], [0.2, 0.8]]);
  await drag(page, at, [0.2, 0.8], [0.5, 0.05]);
  await motion.shape(page, "Zone 1").getByText("Two of its sides cross.").waitFor();
  await motion.replay(page).getByText("First mend").waitFor();
  await motion.save(page).click();
  await page.getByText("Not saved. Something is not right yet; it is marked.").waitFor();
  await page.keyboard.press("Control+z");
  await page.getByLabel("Name", { exact: true }).fill(" ");
  await motion.shape(page, "Zone 1").getByText("It needs a name.").waitFor();
  await page.getByLabel("Name", { exact: true }).fill("Path");
  await page.getByText("Expert settings").click();
  await page.getByLabel("Greatest speed").fill("fast");
  await page.getByText("From 0.1 to 100.").waitFor();
  await motion.save(page).click();
  assert.deepEqual((await settings()).zones, []);

  await motion.discard(page).click();
  assert.equal(await motion.whole(page, "Path").count(), 0);
  assert.ok(await motion.save(page).isDisabled());
  await leave(page);
});

story("what the recorder refuses is told at its field", async () => {
  await asInTheFile();
  const [page] = await openMotion();
  await page.route(/\/motion$/, (route) => {
    if (route.request().method() !== "PUT") return route.continue();
    const error = { code: "invalid", message: "straightness cannot be 0.7.", hint: "straightness must be 0 to 0.5." };
    return route.fulfill({ status: 400, json: { error } });
  });
  await page.getByText("Expert settings").click();
  await page.getByLabel("Straightness").fill("0.7");
  await motion.save(page).click();
  await page.getByText("It must be 0 to 0.5.").waitFor();
  await page.getByRole("alert").getByText("Not saved. straightness cannot be 0.7.").waitFor();
  await motion.discard(page).click();
  await leave(page, /status of 400/);
});

/** What stands on the page once it is counted for what `fits`, and what the recorder had answered and been asked. */
async function counted(page, fits, act) {
  const answered = page.waitForResponse((one) => one.url().endsWith("/motion/replay") && fits(one.request().postDataJSON().settings), { timeout: 90_000 });
  await act();
  const answer = await answered;
  const [told, asked] = [await answer.json(), answer.request().postDataJSON()];
  const outcome = motion.outcome(page, "done");
  const numbers = () => Promise.all(["data-would", "data-events"].map(async (name) => Number(await outcome.getAttribute(name, { timeout: 500 }))));
  await until("the count to stand there", 10, async () => JSON.stringify(await numbers()) === JSON.stringify([told.would, told.events]));
  return { told, asked, words: await outcome.getByRole("status").textContent() };
}

story("the slider tells what would have been, by the numbers of the API, within a second, and can be taken back", async () => {
  const page = await visit(browser, recorder, "/events");
  const first = await counted(page, ({ sensitivity }) => sensitivity === CLOSE.sensitivity, () => page.goto(`${recorder.origin}/live/hall/motion`));
  assert.ok(first.told.would > 0, "somebody walks there");

  const began = Date.now();
  const blind = await counted(page, ({ sensitivity }) => sensitivity === 0, () => motion.sensitivity(page).fill("0"));
  assert.ok(Date.now() - began < 2000, `counted after ${Date.now() - began} ms`);
  assert.equal(blind.told.would, 0);
  assert.ok(blind.told.vanishing.length > 0);
  assert.equal(blind.words, `With this setting: 0 events instead of ${blind.told.events} in the last 24 hours.`);
  await motion.replay(page).getByText(`${blind.told.vanishing.length} would be gone`).waitFor();
  assert.equal(await motion.replay(page).locator("[data-gone]").count(), Math.min(6, blind.told.vanishing.length));
  await motion.replay(page).getByText(/could be looked at again\.$/).waitFor();

  // The page's answer is the recorder's to anybody who asks the same.
  const again = await recorder.owner("POST", "/cameras/hall/motion/replay", { ...blind.asked, settings: { sensitivity: 0 } });
  assert.deepEqual([again.would, again.events, again.staying], [blind.told.would, blind.told.events, blind.told.staying]);

  await counted(page, ({ sensitivity }) => sensitivity === CLOSE.sensitivity, () => page.keyboard.press("Control+z"));
  assert.equal(await motion.sensitivity(page).inputValue(), String(CLOSE.sensitivity));
  await leave(page);
});

story("a mask over everything lets every event vanish, with its picture and a way to it", async () => {
  const [page, at] = await openMotion({}, "hall");
  const { told } = await counted(page, ({ masks }) => masks.length === 1, () => drawWithMouse(page, at, "mask", [[0.001, 0.001], [0.999, 0.001], [0.999, 0.999], [0.001, 0.999]]));
  assert.deepEqual([told.would, told.staying], [0, 0]);
  const gone = motion.replay(page).locator(`[data-gone="${told.vanishing[0].id}"]`);
  await until("its picture", 10, () => gone.locator("img").evaluate((one) => one.naturalWidth > 0));
  const [other] = await Promise.all([page.context().waitForEvent("page"), gone.click()]);
  await clip.dialog(other).waitFor();
  await other.close();
  await motion.discard(page).click();
  await leave(page);
});

story("what would be new is shown with its picture", async () => {
  // Nobody stays in the hall for a minute, so that nobody is told of who walks through.
  const whole = { name: "Hall", area: [[0, 0], [1, 0], [1, 1], [0, 1]], sensitivity: null, min_area: null, min_time: 60 };
  await recorder.owner("PUT", "/cameras/hall/motion", { ...(await recorder.owner("GET", "/cameras/hall/motion")).settings, zones: [whole] });
  // The film lasts 16 s, and in its first seconds the picture is learnt.
  await new Promise((resolve) => setTimeout(resolve, 34_000));
  await writtenDown();
  const page = await visit(browser, recorder, "/events");
  await counted(page, ({ zones }) => zones[0]?.min_time === 60, () => page.goto(`${recorder.origin}/live/hall/motion`));
  await motion.edit(page, "Hall").click();
  const { told } = await counted(page, ({ zones }) => zones[0]?.min_time === 0, () => page.getByLabel("Shortest stay").fill("0"));
  assert.ok(told.appearing.length > 0);
  await motion.replay(page).getByText(`${told.appearing.length} would be new`).waitFor();
  const fresh = motion.replay(page).locator(`[data-fresh="${told.appearing[0].triggered}"]`);
  await until("its picture", 15, () => fresh.locator("img").evaluate((one) => one.naturalWidth > 0));
  if (told.appearing[0].picture === null) assert.ok((await fresh.locator(".boxes rect").count()) > 0, "what moved is outlined");
  await motion.discard(page).click();
  await recorder.owner("DELETE", "/cameras/hall/motion");
  await leave(page);
});

story("what is saved can be given up for the file’s settings, after a question", async () => {
  await recorder.owner("PUT", "/cameras/garden/motion", { ...(await settings()), sensitivity: 0.3 });
  const [page] = await openMotion();
  await page.getByText("Not as in the file").waitFor();
  assert.equal(await motion.sensitivity(page).inputValue(), "0.3");
  await motion.reset(page).click();
  await page.getByRole("dialog").getByRole("button", { name: "Cancel" }).click();
  await motion.reset(page).click();
  await page.getByRole("dialog").getByRole("button", { name: "Back to the file’s" }).click();
  await page.getByText("As in the file again.").waitFor();
  assert.equal(await motion.sensitivity(page).inputValue(), String(FILE.sensitivity));
  assert.equal((await settings()).sensitivity, FILE.sensitivity);
  assert.ok(await motion.reset(page).isDisabled());
  await leave(page);
});

story("by night other settings, and people by two figures", async () => {
  await asInTheFile();
  const [page, at] = await openMotion();
  await page.getByLabel("Other settings at night").check();
  await page.getByRole("slider", { name: "At night" }).fill("0.2");
  await page.getByLabel("Only things as large as people").check();
  await drag(page, at, [0.3, 0.2], [0.3, 0.4]);
  await page.getByRole("button", { name: /^Where the far one stands/ }).press("Shift+ArrowUp");
  await page.getByRole("slider", { name: "Height far away" }).fill("0.2");
  await save(page);
  const { night, person, sensitivity } = await settings();
  assert.deepEqual([sensitivity, night.sensitivity, night.min_travel], [FILE.sensitivity, 0.2, FILE.min_travel]);
  near([[person.near, person.far_at]], [[0.6, 0.45]]);
  assert.equal(person.far, 0.2);
  await asInTheFile();
  await leave(page);
});

story("who goes away with changes is asked, by link, by Back, and not once they are saved", async () => {
  await asInTheFile();
  const page = await visit(browser, recorder, "/live/garden");
  await camera.control(page, "Time-lapse").waitFor();
  await page.getByRole("link", { name: "Motion", exact: true }).click();
  await motion.sensitivity(page).fill("0.4");
  const question = page.getByRole("dialog", { name: "Leave without saving what you changed?" });
  await page.getByRole("navigation").getByRole("link", { name: "Events" }).click();
  await question.getByRole("button", { name: "Cancel" }).click();
  await page.goBack();
  await question.waitFor();
  assert.match(page.url(), /\/motion$/);
  assert.equal(await motion.sensitivity(page).inputValue(), "0.4");
  await question.getByRole("button", { name: "Leave" }).click();
  await page.waitForURL(/\/live\/garden$/);
  await page.getByRole("link", { name: "Motion", exact: true }).click();
  assert.equal(await motion.sensitivity(page).inputValue(), String(FILE.sensitivity));
  await motion.sensitivity(page).fill("0.5");
  await save(page);
  await page.getByRole("navigation").getByRole("link", { name: "Events" }).click();
  await page.waitForURL(/\/events$/);
  await asInTheFile();
  await leave(page);
});

story("a viewer sees it and changes nothing", async () => {
  await recorder.owner("PUT", "/cameras/garden/motion", { ...(await settings()), zones: [{ name: "Path", area: [[0.1, 0.1], [0.9, 0.1], [0.5, 0.9]], sensitivity: null, min_area: null, min_time: 0 }] });
  const [page, at] = await openMotion({ as: VIEWER });
  await page.getByText("Only an owner can change this.").waitFor();
  for (const gone of [motion.save(page), motion.draw(page, "zone"), motion.replay(page)]) assert.equal(await gone.count(), 0);
  assert.ok(await motion.sensitivity(page).isDisabled());
  await motion.whole(page, "Path").click();
  assert.equal(await motion.corners(page, "Path").count(), 0);
  assert.ok(await page.getByLabel("Name", { exact: true }).isDisabled());
  await drag(page, at, [0.5, 0.3667], [0.6, 0.5]);
  await motion.whole(page, "Path").press("ArrowRight");
  near((await settings()).zones[0].area, [[0.1, 0.1], [0.9, 0.1], [0.5, 0.9]]);
  await asInTheFile();
  await leave(page);
});

story("what moves now is outlined and measured", async () => {
  const [page] = await openMotion();
  await until("something to move", 40, () => motion.meter(page).evaluate((one) => one.value > 0));
  await until("a box around it", 40, async () => (await motion.stage(page).locator(".boxes rect").count()) > 0);
  await leave(page);
});

/** What has a hidden box of its own is pressed by its label. */
async function smallTargets(page) {
  return page.evaluate(() =>
    [...document.querySelectorAll("main :is(button, a, input, select, summary)")]
      .filter((one) => one.offsetParent !== null && getComputedStyle(one).pointerEvents !== "none" && !one.closest(".hidden"))
      .map((one) => ({ one, box: (one.closest("label") ?? one).getBoundingClientRect() }))
      .filter(({ box }) => box.width < 44 || box.height < 44)
      .map(({ one, box }) => `${one.outerHTML.slice(0, 120)}: ${Math.round(box.width)} x ${Math.round(box.height)}`),
  );
}

story("the page is open to everyone, in both themes, on phone and desktop, and within every screen", async () => {
  const zones = [{ name: "Path to the door", area: [[0.15, 0.2], [0.6, 0.2], [0.6, 0.8], [0.15, 0.8]], sensitivity: 0.4, min_area: null, min_time: 1 }];
  await recorder.owner("PUT", "/cameras/garden/motion", { ...(await settings()), zones, night: { ...(await tuning()), sensitivity: 0.2 }, person: { near: 0.8, far: 0.2, far_at: 0.5 } });
  for (const theme of ["dark", "light"]) {
    // So tall that nothing lies half below the tabs at the lower edge, where axe finds it too small.
    for (const [screen, viewport] of Object.entries({ phone: { ...PHONE, height: 4000 }, desktop: { ...DESKTOP, height: 3000 } })) {
      const [page] = await openMotion({ theme, viewport });
      await motion.outcome(page, "done").waitFor();
      assert.deepEqual(await barriers(page), [], `${theme}, ${screen}`);
      await page.getByText("Expert settings").click();
      await motion.edit(page, "Path to the door").click();
      assert.deepEqual(await barriers(page), [], `${theme}, ${screen}, unfolded`);
      if (screen === "phone") assert.deepEqual(await smallTargets(page), []);
      if (process.env.SHOTS) await page.screenshot({ path: `${process.env.SHOTS}/motion-${screen}-${theme}.png`, fullPage: true });
      await motion.draw(page, "mask").click();
      assert.deepEqual(await barriers(page), [], `${theme}, ${screen}, while one draws`);
      await motion.tool(page, "Cancel").click();
      for (const width of [320, 390, 768, 1366, 2560]) {
        await page.setViewportSize({ width, height: 800 });
        const over = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
        assert.equal(over, 0, `${over} px too wide at ${width}`);
      }
      await leave(page);
    }
  }
  await asInTheFile();
});

async function tuning() {
  const { sensitivity, min_area, min_pixel_delta, min_travel, max_speed, straightness } = await settings();
  return { sensitivity, min_area, min_pixel_delta, min_travel, max_speed, straightness };
}

story("what moved in an event is drawn over its video, in time with it", async () => {
  const { traces } = await until("its traces", 20, async () => {
    const answer = await recorder.owner("GET", `/events/${event.id}/traces`);
    return answer.traces.length > 0 && answer;
  });
  const page = await visit(browser, recorder, `/events/${event.id}`);
  const drawn = clip.dialog(page).locator(".what-moved");
  await clip.dialog(page).getByRole("button", { name: "Show what moved" }).click();
  await drawn.waitFor({ state: "attached" });
  const video = clip.video(page);
  await until("the clip to be there", 15, () => video.evaluate((one) => one.readyState >= 1));
  await video.evaluate((one) => one.pause());

  // The longest way, and its middle: there has to be a box, where the recorder saw the thing.
  const longest = traces.toSorted((a, b) => b.places.length - a.places.length)[0];
  const place = longest.places[Math.floor(longest.places.length / 2)];
  const { start, duration } = await recorder.owner("GET", `/events/${event.id}`);
  const length = await video.evaluate((one) => one.duration);
  const seconds = (Date.parse(place.at) - Date.parse(start)) / 1000 + Math.max(0, length - duration);
  await clip.position(page).fill(String(Math.round(seconds * 20) / 20));
  await until("a box", 5, async () => Number(await drawn.getAttribute("data-seen")) > 0);
  const boxes = await drawn.evaluate((svg) => {
    const { width, height } = svg.viewBox.baseVal;
    return [...svg.querySelectorAll("rect")].map(({ x, y, width: wide, height: high }) => [x.baseVal.value / width, y.baseVal.value / height, wide.baseVal.value / width, high.baseVal.value / height]);
  });
  const off = (box) => Math.max(...box.map((one, side) => Math.abs(one - place.box[side])));
  assert.ok(boxes.some((box) => off(box) < 0.08), `${JSON.stringify(boxes)}, not ${place.box}`);
  await clip.position(page).fill("0");
  await page.keyboard.press("b");
  await drawn.waitFor({ state: "detached" });
  await leave(page);
});

story("an event’s dialog with what moved is open to everyone, and names the zones", async () => {
  for (const theme of ["dark", "light"]) {
    for (const viewport of [PHONE, DESKTOP]) {
      const page = await visit(browser, recorder, `/events/${event.id}`, { theme, viewport });
      await page.route(/\/traces$/, async (route) => {
        const answer = await (await route.fetch()).json();
        return route.fulfill({ json: { traces: answer.traces.map((one) => ({ ...one, zones: ["Path to the door"] })) } });
      });
      await page.reload();
      await clip.dialog(page).getByRole("button", { name: "Show what moved" }).click();
      await clip.dialog(page).getByText("Path to the door").waitFor();
      assert.deepEqual(await barriers(page), [], theme);
      await leave(page);
    }
  }
});

story("a day of motion is a curve on the camera’s page and among the events, and leads to those of an hour", async () => {
  const page = await visit(browser, recorder, "/live/garden");
  const lane = motion.lane(page, "Motion of the last 24 hours");
  await until("a curve", 20, async () => (await lane.locator(".curve path").count()) > 0);
  await lane.getByRole("slider").focus();
  await page.keyboard.press("End");
  await lane.getByText(/^\d\d:\d\d · ([\d.]+ %|not looked at)$/).waitFor();
  assert.deepEqual(await barriers(page), []);
  await page.keyboard.press("Enter");
  await page.waitForURL(/\/events\?camera=garden&from=.*&to=/);
  await page.getByText("Motion of the last 24 hours").click();
  await motion.lane(page, "garden").locator(".curve path").first().waitFor({ state: "attached", timeout: 30_000 });
  assert.deepEqual(await barriers(page), []);
  await leave(page);
});
