// Every page, in both themes, on a phone and on a desk: open to everyone, within the screen, and without a complaint.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { clip, live, top } from "./pages.mjs";
import { Camera, DESKTOP, PHONE, REFUSED_STRANGER, Recorder, axe, leave, openBrowser, until, visit } from "./watchpost.mjs";

const WIDTHS = [320, 390, 768, 1366];
let camera, browser, recorder, event;

before(async () => {
  camera = await Camera.begin("--mount", "door=scene:h264", "--still", "inf", "--walk", "3");
  recorder = await Recorder.begin({
    door: { source: camera.address(), pre_roll: "3s", post_roll: "1s" },
    // Nobody answers there: the page has a camera that is down, with a long reason.
    garden: { source: "rtsp://127.0.0.1:9/garden" },
  });
  browser = await openBrowser();
  await recorder.live("door");
  await until("a picture to compare with", 30, async () => Date.now() - Date.parse((await recorder.cameraState("door")).since) > 6000);
  await camera.walk();
  event = await recorder.event("door", "an event that has ended", 40, (one) => one.end !== null);
  await until("the garden to be offline", 20, async () => (await recorder.cameraState("garden")).state === "offline");
});
after(async () => {
  await browser?.close();
  await recorder?.end();
  await camera?.die();
});

/** Each page, and how one knows that it stands. */
const PAGES = {
  "sign-in": { where: "/login", signedIn: false, stands: (page) => page.getByRole("heading", { name: "Sign in to Watchpost" }) },
  "first run, over": { where: "/setup", signedIn: false, stands: (page) => page.getByRole("heading", { name: "This recorder is set up already." }) },
  "live, all cameras": { where: "/", stands: (page) => live.tile(page, "garden", "offline") },
  "live, one camera": { where: "/live/door", stands: (page) => page.getByRole("heading", { name: "door" }) },
  "live, one that is down": { where: "/live/garden", stands: (page) => page.getByText(/^Offline for/) },
  events: { where: "/events", stands: (page) => page.locator(`.card[data-event="${event.id}"]`) },
  "events, none": { where: "/events?range=yesterday", stands: (page) => page.getByText("No events fit these filters.") },
  "an event": { where: () => `/events/${event.id}`, stands: (page) => clip.video(page) },
  "an event that is gone": { where: "/events/20200101T000000000-door", stands: (page) => page.getByText("This event is not there.") },
  "no such page": { where: "/nowhere", stands: (page) => page.getByRole("heading", { name: "No such page" }) },
  "state of the recorder": {
    where: "/events",
    before: (page) => top.faults(page).click(),
    stands: (page) => page.getByRole("dialog", { name: "State of the recorder" }),
  },
  "account": { where: "/events", before: (page) => top.account(page).click(), stands: (page) => page.getByRole("dialog", { name: "Account and display" }) },
  "filter by time": {
    where: "/events",
    before: (page) => page.getByRole("group", { name: "Filters" }).getByRole("button", { name: "Any time" }).click(),
    stands: (page) => page.getByRole("dialog", { name: "Time" }),
  },
};
const SCREENS = { phone: PHONE, desktop: DESKTOP };
// The stranger's pages ask who they are; the event that is gone is asked for.
const EXPECTED = new RegExp(`${REFUSED_STRANGER.source}|status of 404.*/events/20200101T000000000-door`);

async function openPage({ where, before: prepare, stands, signedIn = true }, look) {
  const page = await visit(browser, recorder, typeof where === "function" ? where() : where, { signedIn, ...look });
  await prepare?.(page);
  await stands(page).first().waitFor({ timeout: 15_000 });
  return page;
}

/** What axe finds wrong, in words. */
async function barriers(page) {
  await page.evaluate(axe.source);
  const found = await page.evaluate(() =>
    window.axe.run(document, { runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"], resultTypes: ["violations"] }),
  );
  assert.ok(found.passes.length > 5, "axe looked at nothing");
  return found.violations.flatMap(({ id, help, nodes }) => nodes.map((node) => `${id}: ${help}: ${node.html.slice(0, 200)}`));
}

for (const [name, about] of Object.entries(PAGES)) {
  test(`${name}: open to everyone, in both themes, on phone and desktop`, { timeout: 120_000 }, async () => {
    for (const theme of ["dark", "light"]) {
      for (const [screen, viewport] of Object.entries(SCREENS)) {
        const page = await openPage(about, { theme, viewport });
        assert.deepEqual(await barriers(page), [], `${name}, ${theme}, ${screen}`);
        if (process.env.SHOTS) await page.screenshot({ path: `${process.env.SHOTS}/${name.replace(/\W+/g, "-")}-${screen}-${theme}.png` });
        await leave(page, EXPECTED);
      }
    }
  });

  test(`${name}: within the screen at every width`, { timeout: 60_000 }, async () => {
    const page = await openPage(about, {});
    for (const width of WIDTHS) {
      await page.setViewportSize({ width, height: 800 });
      const over = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
      assert.equal(over, 0, `${name} is ${over} px too wide at ${width}`);
    }
    await leave(page, EXPECTED);
  });
}

test("axe does find a barrier where there is one", async () => {
  const page = await openPage(PAGES["sign-in"], {});
  await page.evaluate(() => document.body.append(document.createElement("button")));
  assert.match((await barriers(page)).join("\n"), /button-name/);
  await leave(page, EXPECTED);
});

test("a complaint of the browser does fail a story", async () => {
  const page = await openPage(PAGES["sign-in"], {});
  await page.evaluate(() => console.error("this is wrong"));
  await assert.rejects(() => leave(page, EXPECTED), /this is wrong/);
});

test("a page that is too wide does fail", async () => {
  const page = await openPage(PAGES["sign-in"], {});
  await page.evaluate(() => {
    const wide = document.createElement("div");
    wide.style.cssText = "width: 3000px; height: 1px";
    document.body.append(wide);
  });
  assert.ok(await page.evaluate(() => document.documentElement.scrollWidth > document.documentElement.clientWidth));
  await leave(page, EXPECTED);
});
