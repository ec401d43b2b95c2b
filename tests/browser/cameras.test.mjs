// What can be done with cameras by hand: record, take photos, hear them, turn them, set their picture, add one; and what
// the page says when something is wrong with one.
import assert from "node:assert/strict";
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { after, before, test } from "node:test";
import { camera, clip, list, live, photos, top } from "./pages.mjs";
import { Camera, Device, PiCamera, Recorder, decode, drawFilm, ffprobe, leave, openBrowser, until, visit } from "./watchpost.mjs";

const LOGIN = { user: "admin", password: "secret" };
let rtsp, device, pi, films, browser, recorder;

before(async () => {
  pi = new PiCamera();
  films = fs.mkdtempSync(path.join(os.tmpdir(), "watchpost-films-"));
  rtsp = await Camera.begin("--mount", "door=scene:h264+aac", "--mount", "porch=scene:h264", "--mount", "yard=scene:mjpeg", "--still", "inf", "--walk", "4", "--user", LOGIN.user, "--password", LOGIN.password);
  device = await Device.begin("--rtsp", String(rtsp.port), "--discovery", "3702");
  recorder = await Recorder.begin(
    {
      door: { source: rtsp.address("door"), ...LOGIN, onvif: device.address, pre_roll: "3s", post_roll: "1s", timelapse: "1s" },
      porch: { source: rtsp.address("porch"), ...LOGIN, record: "photos", photo_interval: "1s", photo_count: 3, post_roll: "1s" },
      yard: { source: rtsp.address("yard"), ...LOGIN, encode: "keep", record: "off" },
      shed: { source: `file:${drawFilm(films, "black")}?loop`, record: "events", post_roll: "1s" },
      pi: { source: "rpicam:0", record: "off", picture: { width: 320, height: 240, frame_rate: 5, brightness: 0.1 } },
    },
    { env: pi.env },
  );
  browser = await openBrowser();
  for (const name of ["door", "porch", "yard", "shed", "pi"]) await recorder.live(name, 30);
});
after(async () => {
  await browser?.close();
  await recorder?.end();
  await device?.die();
  await rtsp?.die();
  pi?.remove();
  if (films) fs.rmSync(films, { recursive: true, force: true });
});

const story = (name, play) => test(name, { timeout: 360_000 }, play);

story("one records by hand for a while, sees the time left, and finds the event", async () => {
  const page = await visit(browser, recorder, "/live/door");
  await camera.control(page, "Record 30 s").click();
  await camera.control(page, "Stop recording").waitFor();
  await page.getByText(/^0:(2\d|30) left$/).waitFor({ timeout: 9_000 });
  await live.picture(page, "door").getByText("Recording").waitFor({ timeout: 15_000 });
  const { manual } = await recorder.cameraState("door");
  assert.equal((Date.parse(manual.until) - Date.parse(manual.since)) / 1000, 30);

  await camera.control(page, "Stop recording").click();
  await camera.control(page, "Record").waitFor({ timeout: 15_000 });
  const event = await recorder.event("door", "the event by hand", 20, (one) => one.kinds.includes("manual") && one.end !== null);
  await page.goto(`${recorder.origin}/events?kind=manual`);
  await list.card(page, event.id).waitFor();
  await list.filters(page).getByRole("button", { name: "By hand" }).click();
  await page.getByRole("dialog", { name: "Kind" }).getByRole("button", { name: "Trouble" }).click();
  await page.waitForURL(/[?&]kind=ailment/);
  await list.card(page, event.id).waitFor({ state: "detached" });
  await leave(page);
});

story("recording until one stops tells the time that has passed, in every window", async () => {
  const [page, other] = [await visit(browser, recorder, "/live/door"), await visit(browser, recorder, "/live/door")];
  await camera.control(page, "Record").click();
  await page.getByText(/^0:0\d so far$/).waitFor({ timeout: 9_000 });
  await other.getByText(/^0:0\d so far$/).waitFor({ timeout: 9_000 });
  await camera.control(other, "Stop recording").click();
  await camera.control(page, "Record").waitFor({ timeout: 15_000 });
  assert.equal((await recorder.cameraState("door")).manual, null);
  await leave(page);
  await leave(other);
});

story("a camera that records nothing offers no recording, and a photo is kept or saved", async () => {
  const page = await visit(browser, recorder, "/live/pi");
  await camera.control(page, "Take photo").waitFor();
  assert.equal(await camera.control(page, "Record").count(), 0);
  const [saved] = await Promise.all([page.waitForEvent("download"), camera.control(page, "Save picture").click()]);
  assert.match(saved.suggestedFilename(), /^pi_\d{4}-\d\d-\d\d_\d\d-\d\d-\d\d\.jpg$/);
  await leave(page);
});

story("sound is off until one asks for it, and heard then", async () => {
  const page = await visit(browser, recorder, "/live/door");
  const video = live.video(page, "door");
  const heard = () => video.evaluate((one) => ({ muted: one.muted, sound: one.webkitAudioDecodedByteCount, readyState: one.readyState }));
  await until("a picture", 10, () => video.evaluate((one) => window.barcode.read(one) !== null));
  assert.deepEqual(await heard().then(({ muted, sound }) => [muted, sound]), [true, 0]);

  await camera.control(page, "Sound on").click();
  await until("sound", 10, async () => !(await heard()).muted && (await heard()).sound > 5000);
  const { latencies } = await video.evaluate((one) => window.barcode.watch(one, 3000));
  assert.ok(latencies.length > 20, `${latencies.length} pictures in 3 s with sound`);

  await camera.control(page, "Sound off").click();
  await until("silence", 5, async () => (await heard()).muted);
  await leave(page);
});

story("a browser that cannot play the sound still shows the picture, and says so", async () => {
  const script = () => {
    const supported = MediaSource.isTypeSupported.bind(MediaSource);
    MediaSource.isTypeSupported = (type) => !type.includes("mp4a") && supported(type);
  };
  const page = await visit(browser, recorder, "/live/door", { script });
  const video = live.video(page, "door");
  await camera.control(page, "Sound on").click();
  await live.picture(page, "door").getByText("This browser cannot play its sound (AAC).").waitFor({ timeout: 30_000 });
  const { latencies } = await video.evaluate((one) => window.barcode.watch(one, 2000));
  assert.ok(latencies.length > 15, `${latencies.length} pictures in 2 s`);
  await leave(page);
});

story("a camera that sends Motion JPEG moves at once, and nothing is blamed on the browser", async () => {
  const page = await visit(browser, recorder, "/live/yard");
  await live.picture(page, "yard").getByText("This camera sends Motion JPEG").waitFor({ timeout: 30_000 });
  await until("a picture", 10, () => live.stills(page, "yard").evaluate((one) => one.naturalWidth === 640));
  await camera.facts(page).getByText("Motion JPEG").waitFor();
  await leave(page);
});

story("what is wrong with a camera is said in words, aloud, among its troubles and among the events", async () => {
  const state = await until("the shed to be black", 40, async () => {
    const { health } = await recorder.cameraState("shed");
    return health.find(({ kind }) => kind === "black");
  });
  const page = await visit(browser, recorder, "/");
  await page.getByRole("link", { name: /^shed, .*Black since \d\d:\d\d/ }).waitFor();
  await camera.ailing(page, "shed").getByText(/^Black since/).waitFor();
  await until("it to be said", 5, async () => /with camera shed: Black/.test(await top.announcer(page).textContent()));
  await page.goto(`${recorder.origin}/live/shed`);
  await camera.troubles(page).getByText("Black").waitFor({ timeout: 15_000 });
  await camera.troubles(page).getByText(/^since \d\d:\d\d/).waitFor();
  const { troubles } = await recorder.owner("GET", `/troubles?camera=shed&from=${encodeURIComponent(state.since)}`);
  assert.ok(troubles.some(({ kind, end }) => kind === "black" && end === null), JSON.stringify(troubles));

  const event = await recorder.event("shed", "its event", 10, (one) => one.kinds.includes("black"));
  await page.goto(`${recorder.origin}/events?kind=ailment`);
  await list.card(page, event.id).getByText("Black").first().waitFor();
  await leave(page);
});

const moves = () => device.did().filter((line) => /^(move|stop|home|go-to)/.test(line));

story("a camera turns while one holds the pad, and stops when one lets go", async () => {
  const page = await visit(browser, recorder, "/live/door");
  const right = camera.way(page, "Turn right");
  await right.waitFor({ timeout: 45_000 });
  const hold = async (begin, finish) => {
    const before = moves().length;
    await begin();
    await until("three moves", 10, () => moves().length >= before + 3);
    await finish();
    await until("the stop", 5, () => moves().at(-1) === "stop");
    const done = moves().slice(before);
    assert.equal(done.filter((one) => one === "stop").length, 1, done.join());
    return done[0];
  };
  await right.scrollIntoViewIfNeeded();
  const centre = async () => {
    const { x, y, width, height } = await right.boundingBox();
    await page.mouse.move(x + width / 2, y + height / 2);
  };
  await centre();
  assert.match(await hold(() => page.mouse.down(), () => page.mouse.up()), /^move 0\.6/);
  // A pointer that leaves the button while it is down lets go as well.
  await hold(() => page.mouse.down(), () => page.mouse.move(1, 1));
  await page.mouse.up();

  await right.focus();
  assert.match(await hold(() => page.keyboard.down("ArrowUp"), () => page.keyboard.up("ArrowUp")), /^move 0(\.0)? 0\.6/);
  await hold(() => page.keyboard.down("Enter"), () => page.evaluate(() => document.activeElement.blur()));
  await page.keyboard.up("Enter");
  await right.focus();
  await hold(() => page.keyboard.down("ArrowLeft"), () => page.evaluate(() => window.dispatchEvent(new PageTransitionEvent("pagehide"))));
  await page.keyboard.up("ArrowLeft");
  await leave(page);
});

story("places are remembered, gone to, and forgotten after a question", async () => {
  const page = await visit(browser, recorder, "/live/door");
  const places = camera.places(page);
  await places.getByLabel("Name of this place").fill("Gate");
  await places.getByRole("button", { name: "Remember this place" }).click();
  await places.getByRole("button", { name: "Gate", exact: true }).click();
  await until("the camera to go", 5, () => moves().at(-1)?.startsWith("go-to"));
  await places.getByRole("button", { name: "Home" }).click();
  await until("the camera to go home", 5, () => moves().at(-1) === "home");

  await places.getByRole("button", { name: "Forget Gate", exact: true }).click();
  await camera.question(page, /forget “Gate”/).getByRole("button", { name: "Cancel" }).click();
  await places.getByRole("button", { name: "Forget Gate", exact: true }).click();
  await camera.question(page, /forget “Gate”/).getByRole("button", { name: "Forget Gate", exact: true }).click();
  await places.getByRole("button", { name: "Gate", exact: true }).waitFor({ state: "detached" });
  const { presets } = await recorder.owner("GET", "/cameras/door/ptz");
  assert.ok(!presets.some(({ name }) => name === "Gate"));
  await leave(page);
});

story("the picture of a Pi camera is set, refused with the reason, and put back", async () => {
  const page = await visit(browser, recorder, "/live/pi");
  await camera.control(page, "Picture settings").click();
  const dialog = camera.picture(page);
  const setting = (name) => dialog.getByLabel(name, { exact: true });
  await setting("Brightness").waitFor();
  assert.equal(await setting("Brightness").inputValue(), "0.1");
  await setting("Brightness").fill("0.5");
  await setting("Top and bottom changed over").selectOption("true");
  await dialog.getByRole("button", { name: "Apply" }).click();
  await dialog.getByText("Applied.").waitFor({ timeout: 45_000 });
  assert.equal(await dialog.locator('[data-setting="brightness"]').getByText("not as in the file").count(), 1);
  assert.equal(await dialog.getByText("not as in the file").count(), 2);
  await until("the camera to begin anew with them", 10, () => {
    const last = pi.starts().at(-1);
    return /"--brightness", "0\.5"/.test(last) && last.includes("--vflip");
  });

  await setting("Brightness").fill("7");
  await dialog.getByRole("button", { name: "Apply" }).click();
  await dialog.getByRole("alert").getByText(/from -1 to 1/).waitFor();
  await dialog.getByRole("button", { name: "Back to the file’s" }).click();
  await dialog.getByText("As in the file again.").waitFor({ timeout: 45_000 });
  assert.equal(await setting("Brightness").inputValue(), "0.1");
  assert.equal(await dialog.getByText("not as in the file").count(), 0);
  await leave(page, /status of 400.*\/picture/);
});

story("photos come to their page, are leafed through, downloaded, and deleted after a question", async () => {
  const page = await visit(browser, recorder, "/photos");
  await page.getByRole("heading", { name: "Photos" }).waitFor();
  const other = await visit(browser, recorder, "/live/door");
  for (const number of [1, 2]) {
    await camera.control(other, "Take photo").click();
    await until(`photo ${number}`, 10, async () => (await photos.cards(page).count()) === number);
  }
  await other.getByText("Photo taken.").first().waitFor();
  await leave(other);

  await photos.cards(page).first().click();
  const image = photos.viewer(page).getByRole("img");
  await until("the photo", 10, () => image.evaluate((one) => one.naturalWidth === 640));
  const newest = page.url();
  await page.keyboard.press("ArrowRight");
  await page.waitForURL((url) => url.href !== newest);
  await page.keyboard.press("ArrowLeft");
  await page.waitForURL(newest);
  const [download] = await Promise.all([page.waitForEvent("download"), photos.viewer(page).getByRole("link", { name: "Download" }).click()]);
  assert.match(download.suggestedFilename(), /^door_.*\.jpg$/);

  const id = Number(/photos\/(\d+)/.exec(newest)[1]);
  await page.keyboard.press("Delete");
  await page.getByRole("dialog", { name: /for good/ }).getByRole("button", { name: "Delete" }).click();
  await page.waitForURL((url) => url.href !== newest);
  await page.keyboard.press("Escape");
  await photos.viewer(page).waitFor({ state: "hidden" });
  await photos.card(page, id).waitFor({ state: "detached" });
  assert.equal(await photos.cards(page).count(), 1);

  await page.goto(`${recorder.origin}/photos?camera=porch`);
  await page.getByText("No photos fit these filters.").waitFor();
  await leave(page);
});

story("an event with photos and no footage shows its photos", async () => {
  await until("a picture to compare with", 30, async () => Date.now() - Date.parse((await recorder.cameraState("porch")).since) > 6000);
  await rtsp.walk();
  const event = await recorder.event("porch", "an event with photos", 40, (one) => one.end !== null && one.photos >= 2);
  const page = await visit(browser, recorder, `/events/${event.id}`);
  await clip.dialog(page).getByText("there are photos and no video").waitFor({ timeout: 30_000 });
  await until("its photos", 10, async () => (await clip.photos(page).count()) === event.photos);
  await clip.photos(page).first().click();
  await until("one of them, large", 10, () => photos.viewer(page).getByRole("img").evaluate((one) => one.naturalWidth > 0));
  await page.keyboard.press("Escape");
  await photos.viewer(page).waitFor({ state: "hidden" });
  await clip.dialog(page).waitFor();
  await leave(page, /status of 404.*clip\.mp4/);
});

story("a clip shows its text, keeps that choice, plays its sound, and is downloaded with the text in it", async () => {
  const event = await recorder.event("door", "a clip", 20, (one) => one.end !== null);
  const page = await visit(browser, recorder, `/events/${event.id}`);
  const video = clip.video(page);
  const cue = () => video.evaluate((one) => [one.textTracks[0].mode, one.textTracks[0].activeCues?.[0]?.text ?? ""]);
  await until("the clip", 15, () => video.evaluate((one) => one.readyState >= 2));
  assert.deepEqual(await cue(), ["disabled", ""]);
  await page.keyboard.press("t");
  await until("the text", 10, async () => /^door \d{4}-\d\d-\d\d \d\d:\d\d:\d\d$/.test((await cue())[1]));
  await page.reload();
  await until("the text to be shown still", 15, async () => (await cue())[0] === "showing");
  await clip.dialog(page).getByRole("button", { name: "Hide text" }).click();
  await until("no text", 5, async () => (await cue())[0] === "disabled");

  await page.keyboard.press("m");
  await until("sound", 10, () => video.evaluate((one) => !one.muted && one.webkitAudioDecodedByteCount > 0));
  await clip.dialog(page).getByRole("button", { name: "Sound off" }).click();
  await until("silence", 5, () => video.evaluate((one) => one.muted));

  const [download] = await Promise.all([page.waitForEvent("download", { timeout: 180_000 }), clip.downloadBurnt(page).click()]);
  assert.match(download.suggestedFilename(), /^door_.*_with-text\.mp4$/);
  const file = path.join(recorder.folder, "burnt.mp4");
  await download.saveAs(file);
  assert.deepEqual(ffprobe(file).streams.map(({ codec_name }) => codec_name).sort(), ["aac", "h264"]);
  assert.ok(decode(file) > 20);
  await leave(page);
});

story("a day passes in seconds, and a day without pictures says so", async () => {
  const page = await visit(browser, recorder, "/live/door");
  await camera.control(page, "Time-lapse").click();
  const dialog = camera.film(page);
  await dialog.getByRole("button", { name: "Watch" }).click();
  await until("the film", 15, () => dialog.locator("video").evaluate((one) => one.readyState >= 2 && one.duration > 0));
  const [download] = await Promise.all([page.waitForEvent("download"), dialog.getByRole("button", { name: "Download" }).click()]);
  assert.match(download.suggestedFilename(), /^door_.*_timelapse_30s_25\.mp4$/);
  await dialog.getByLabel("Day", { exact: true }).fill("2020-01-01");
  await dialog.getByRole("button", { name: "Watch" }).click();
  await dialog.getByText(/^There is no film\./).waitFor();
  await leave(page, /status of 404.*timelapse/);
});

story("a camera of the network is found, and what to write for it is shown", async () => {
  const page = await visit(browser, recorder, "/");
  await page.getByRole("link", { name: "Add a camera" }).click();
  await page.waitForURL(/\/cameras\/add$/);
  await page.getByRole("button", { name: "Look for cameras" }).click();
  const found = page.locator(`[data-found="${device.address}"]`);
  await found.getByRole("heading", { name: "Fake gsoap" }).waitFor({ timeout: 45_000 });
  await found.getByRole("button", { name: "Use this camera" }).click();
  const ask = async (password) => {
    await found.getByLabel("The camera’s user").fill(LOGIN.user);
    await found.getByLabel("The camera’s password").fill(password);
    await found.getByRole("button", { name: "Show its streams" }).click();
  };
  await ask("wrong");
  await found.getByText(/^No streams\./).waitFor({ timeout: 45_000 });
  await ask(LOGIN.password);
  const settings = found.locator("pre");
  await settings.waitFor({ timeout: 45_000 });
  assert.match(await settings.textContent(), /\[\[camera\]\][\s\S]*name = "[\s\S]*source = "/);
  assert.ok(!(await page.content()).includes(LOGIN.password), "the password stands on the page");
  await found.getByText(/watchpost\.toml.*reload/).waitFor();
  await found.getByRole("button", { name: "Copy" }).click();
  await page.getByText("Copied.").waitFor();
  // The pictures of the first page may still have been on their way.
  await leave(page, /status of (400|503).*\/discover\/streams/);
});

story("who only looks gets nothing to change things with, and a member nothing of an owner's", async () => {
  const [member, viewer] = ["mia", "vic"].map((name) => ({ name, password: "a long enough password" }));
  recorder.addUser(member, "member");
  recorder.addUser(viewer, "viewer");
  const controls = async (user, name) => {
    const page = await visit(browser, recorder, `/live/${name}`, { as: user });
    await camera.control(page, "Save picture").waitFor({ timeout: 45_000 });
    const words = await page.getByRole("group", { name: "Controls" }).getByRole("button").allTextContents();
    return { page, words: words.map((word) => word.trim()) };
  };
  const looking = await controls(viewer, "door");
  assert.deepEqual(looking.words, ["Save picture", "Sound on", "Show boxes", "Full screen", "Time-lapse"]);
  assert.equal(await camera.places(looking.page).count(), 0);
  await looking.page.goto(`${recorder.origin}/cameras/add`);
  await looking.page.getByText("Only an owner can add cameras.").waitFor();
  await leave(looking.page);

  const helping = await controls(member, "door");
  assert.deepEqual(helping.words, ["Record 30 s", "Record", "Take photo", "Save picture", "Sound on", "Show boxes", "Full screen", "Time-lapse"]);
  await camera.way(helping.page, "Turn left").waitFor();
  assert.equal(await camera.places(helping.page).getByRole("button", { name: /^(Forget|Remember)/ }).count(), 0);
  await leave(helping.page);
  const { page, words } = await controls(member, "pi");
  assert.ok(!words.includes("Picture settings"), words.join());
  await leave(page);
});

story("who has only the demo camera is led to adding one", async () => {
  const fresh = await Recorder.begin({ demo: { source: "demo:", record: "off" } });
  try {
    const page = await visit(browser, fresh, "/");
    await page.getByText("No camera is set up yet.").waitFor();
    await page.getByRole("link", { name: "Add a camera" }).click();
    await page.getByRole("heading", { name: "Add a camera" }).waitFor();
    await leave(page);
  } finally {
    await fresh.end();
  }
});
