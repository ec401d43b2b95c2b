// Every page, in both themes, on a phone and on a desk: open to everyone, within the screen, and without a complaint.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { camera as cameraPage, clip, devices, live, photos, seen, top } from "./pages.mjs";
import { Camera, DESKTOP, Device, PHONE, PiCamera, REFUSED_STRANGER, Recorder, barriers, drawFilm, leave, openBrowser, until, visit } from "./watchpost.mjs";
import { beginWired } from "./wired.mjs";

const WIDTHS = [320, 390, 768, 1366];
let camera, device, pi, browser, recorder, empty, wired, event, photo;

before(async () => {
  camera = await Camera.begin("--mount", "door=scene:h264", "--still", "inf", "--walk", "3");
  device = await Device.begin("--discovery", "3702");
  pi = new PiCamera();
  recorder = await Recorder.begin(
    {
      door: { source: camera.address(), pre_roll: "3s", post_roll: "1s", photos: true, photo_interval: "1s", onvif: device.address, user: "admin", password: "secret" },
      // Nobody answers there: the page has a camera that is down, with a long reason.
      garden: { source: "rtsp://127.0.0.1:9/garden" },
      pi: { source: "rpicam:0", record: "off", picture: { width: 320, height: 240, frame_rate: 5 } },
      shed: { source: `file:${drawFilm(pi.folder, "black")}?loop`, post_roll: "1s" },
    },
    { env: pi.env },
  );
  empty = await Recorder.begin({ demo: { source: "demo:", record: "off" } });
  wired = await beginWired();
  browser = await openBrowser();
  await recorder.live("door");
  await until("a picture to compare with", 30, async () => Date.now() - Date.parse((await recorder.cameraState("door")).since) > 6000);
  await camera.walk();
  event = await recorder.event("door", "an event that has ended", 40, (one) => one.end !== null && one.photos > 0);
  photo = (await recorder.owner("GET", "/photos?camera=door")).photos[0];
  await recorder.owner("PATCH", "/cameras/pi/picture", { brightness: "0.1" });
  await until("the shed to be black", 40, async () => (await recorder.cameraState("shed")).health.length > 0);
  await until("the garden to be offline", 20, async () => (await recorder.cameraState("garden")).state === "offline");
});
after(async () => {
  await browser?.close();
  await recorder?.end();
  await empty?.end();
  await wired?.end();
  await device?.die();
  await camera?.die();
  pi?.remove();
});

/** Each page, and how one knows that it stands. */
const PAGES = {
  "sign-in": { where: "/login", signedIn: false, stands: (page) => page.getByRole("heading", { name: "Sign in to Watchpost" }) },
  "first run, over": { where: "/setup", signedIn: false, stands: (page) => page.getByRole("heading", { name: "This recorder is set up already." }) },
  "live, all cameras": { where: "/", stands: (page) => live.tile(page, "garden", "offline") },
  "live, one camera": { where: "/live/door", stands: (page) => page.getByRole("heading", { name: "door" }) },
  "live, first run": { where: "/", recorder: () => empty, stands: (page) => page.getByText("No camera is set up yet.") },
  "live, one to be turned": { where: "/live/door", stands: (page) => cameraPage.pad(page).getByRole("button").first() },
  "live, one that is black": { where: "/live/shed", stands: (page) => cameraPage.troubles(page).getByText("Black") },
  "picture settings": {
    where: "/live/pi",
    before: (page) => cameraPage.control(page, "Picture settings").click(),
    stands: (page) => cameraPage.picture(page).getByLabel("Brightness"),
  },
  "time-lapse": {
    where: "/live/door",
    before: (page) => cameraPage.control(page, "Time-lapse").click(),
    stands: (page) => cameraPage.film(page),
  },
  "live, one that is down": { where: "/live/garden", stands: (page) => page.getByText(/^Offline for/) },
  events: { where: "/events", stands: (page) => page.locator(`.card[data-event="${event.id}"]`) },
  "events, none": { where: "/events?range=yesterday", stands: (page) => page.getByText("No events fit these filters.") },
  "an event": { where: () => `/events/${event.id}`, stands: (page) => clip.video(page) },
  "an event that is gone": { where: "/events/20200101T000000000-door", stands: (page) => page.getByText("This event is not there.") },
  photos: { where: "/photos", stands: (page) => photos.card(page, photo.id) },
  "photos, none": { where: "/photos?range=yesterday", stands: (page) => page.getByText("No photos fit these filters.") },
  "a photo": { where: () => `/photos/${photo.id}`, stands: (page) => photos.viewer(page).getByRole("img") },
  "deleting a photo": {
    where: () => `/photos/${photo.id}`,
    before: (page) => photos.viewer(page).getByRole("button", { name: "Delete" }).click(),
    stands: (page) => page.getByRole("dialog", { name: /for good/ }),
  },
  "adding a camera": { where: "/cameras/add", stands: (page) => page.getByRole("button", { name: "Look for cameras" }) },
  "adding a camera, found": {
    where: "/cameras/add",
    before: async (page) => {
      await page.getByRole("button", { name: "Look for cameras" }).click();
      const found = page.locator(`[data-found="${device.address}"]`);
      await found.getByRole("button", { name: "Use this camera" }).click({ timeout: 45_000 });
      await found.getByLabel("The camera’s user").fill("admin");
      await found.getByLabel("The camera’s password").fill("secret");
      await found.getByRole("button", { name: "Show its streams" }).click();
    },
    stands: (page) => page.getByRole("button", { name: "Copy" }),
  },
  devices: { where: "/devices", recorder: () => wired, stands: (page) => devices.card(page, "cover") },
  "devices, none": { where: "/devices", recorder: () => empty, stands: (page) => page.getByText("There are no sensors") },
  "a siren to be put on": {
    where: "/devices",
    recorder: () => wired,
    before: (page) => devices.switch(page, "horn").click(),
    stands: (page) => devices.question(page),
  },
  "live, with sensors": { where: "/", recorder: () => wired, stands: (page) => devices.chip(page, "front-door") },
  "live, one with sensors and a light": { where: "/live/yard", recorder: () => wired, stands: (page) => devices.ofCamera(page).locator("[data-light]") },
  "events of a sensor": { where: "/events?sensor=front-door&kind=sensor", recorder: () => wired, stands: (page) => devices.filter(page, "front-door") },
  "no such page": { where: "/nowhere", stands: (page) => page.getByRole("heading", { name: "No such page" }) },
  "state of the recorder": {
    where: "/events",
    before: (page) => top.faults(page).click(),
    stands: (page) => page.getByRole("dialog", { name: "State of the recorder" }),
  },
  "account": { where: "/events", before: (page) => top.account(page).click(), stands: (page) => page.getByRole("dialog", { name: "Account and display" }) },
  "filter by kind": {
    where: "/events",
    before: (page) => page.getByRole("group", { name: "Filters" }).getByRole("button", { name: "All kinds" }).click(),
    stands: (page) => page.getByRole("dialog", { name: "Kind" }),
  },
  "filter by what was seen": {
    where: "/events?label=person&zone=drive&text=gate",
    before: (page) => seen.filter(page, "Person in drive").click(),
    stands: (page) => seen.choice(page).getByRole("button", { name: "Person", pressed: true }),
  },
  "filter by time": {
    where: "/events",
    before: (page) => page.getByRole("group", { name: "Filters" }).getByRole("button", { name: "Any time" }).click(),
    stands: (page) => page.getByRole("dialog", { name: "Time" }),
  },
};
const SCREENS = { phone: PHONE, desktop: DESKTOP };
// The stranger's pages ask who they are; the event that is gone is asked for.
const EXPECTED = new RegExp(`${REFUSED_STRANGER.source}|status of 404.*/events/20200101T000000000-door`);

async function openPage({ where, before: prepare, stands, signedIn = true, recorder: other = () => recorder }, look) {
  const page = await visit(browser, other(), typeof where === "function" ? where() : where, { signedIn, ...look });
  await prepare?.(page);
  await stands(page).first().waitFor({ timeout: 45_000 });
  return page;
}

/**
 * Makes the screen higher than the page: on a phone something lies half under the tabs, and counts as small then. The page
 * may still grow a little, by an event or a trouble that is told meanwhile.
 */
async function showAll(page, { width, height }) {
  const ROOM = 400;
  const needed = await page.evaluate(() => document.documentElement.scrollHeight);
  await page.setViewportSize({ width, height: Math.max(height, needed + ROOM) });
}

for (const [name, about] of Object.entries(PAGES)) {
  test(`${name}: open to everyone, in both themes, on phone and desktop`, { timeout: 360_000 }, async () => {
    for (const theme of ["dark", "light"]) {
      for (const [screen, viewport] of Object.entries(SCREENS)) {
        const page = await openPage(about, { theme, viewport });
        await showAll(page, viewport);
        assert.deepEqual(await barriers(page), [], `${name}, ${theme}, ${screen}`);
        if (process.env.SHOTS) await page.screenshot({ path: `${process.env.SHOTS}/${name.replace(/\W+/g, "-")}-${screen}-${theme}.png` });
        await leave(page, EXPECTED);
      }
    }
  });

  test(`${name}: within the screen at every width`, { timeout: 180_000 }, async () => {
    const page = await openPage(about, {});
    for (const width of WIDTHS) {
      await page.setViewportSize({ width, height: 800 });
      // A frame or two may pass until all have their new places.
      let over;
      await until(`${name} to fit ${width} px`, 2, async () => {
        over = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
        return over === 0;
      }).catch(() => assert.fail(`${name} is ${over} px too wide at ${width}`));
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
