// What senses and what obeys: the page shows it as it changes, plays what is played, and has the rest obey.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { camera, clip, devices, list, live, top } from "./pages.mjs";
import { DESKTOP, OWNER, PHONE, Recorder, barriers, leave, openBrowser, until, visit } from "./watchpost.mjs";
import { beginWired } from "./wired.mjs";

let browser, recorder;

before(async () => {
  browser = await openBrowser();
  recorder = await beginWired();
});
after(async () => {
  await browser?.close();
  await recorder?.end();
});

const story = (name, play) => test(name, { timeout: 240_000 }, play);

const told = () => recorder.owner("GET", "/devices");
const sensorOf = async (name) => (await told()).sensors.find((one) => one.name === name);
const play = (name, reading) => recorder.owner("POST", `/sensors/${name}/play`, reading);
/** How a device looks: quiet, active, open, alarm, fault, unknown. */
const tone = (place) => place.getAttribute("data-tone");
const becomes = (what, place, wanted) => until(`${what} to be ${wanted}`, 5, async () => (await tone(place)) === wanted);

story("where there are devices the page is one step away; where there are none nobody is led there", async () => {
  for (const viewport of [PHONE, DESKTOP]) {
    const page = await visit(browser, recorder, "/", { viewport });
    await devices.link(page).click();
    await page.waitForURL(/\/devices$/);
    await page.getByRole("heading", { name: "Devices", level: 1 }).waitFor();
    assert.equal(await devices.link(page).getAttribute("aria-current"), "page");
    assert.equal(await page.title(), "Devices – Watchpost");
    await leave(page);
  }
  const bare = await Recorder.begin({ demo: { source: "demo:", record: "off" } });
  try {
    const page = await visit(browser, bare, "/devices");
    await page.getByText("There are no sensors, lights, servos or outputs yet.").waitFor();
    assert.equal(await devices.link(page).count(), 0);
    assert.deepEqual(await barriers(page), []);
    await page.goto(`${bare.origin}/`);
    await live.picture(page, "demo").waitFor();
    assert.equal(await devices.chips(page).count(), 0);
    await leave(page);
  } finally {
    await bare.end();
  }
});

story("sensors stand by what they sense, with what they do and whether they are heard", async () => {
  const page = await visit(browser, recorder, "/devices");
  for (const [group, name] of [["Doors and windows", "front-door"], ["Motion", "path"], ["Buttons and alarms", "bell"], ["Buttons and alarms", "glass"], ["Measured", "cellar"]]) {
    await devices.group(page, group).locator(`[data-device="${name}"]`).waitFor();
  }
  await devices.card(page, "front-door").getByText("photo, clip at yard").waitFor();
  await devices.card(page, "glass").getByText("Shows its state only").waitFor();
  await leave(page);
});

story("a door that is played open is open here, on the wall and for whoever else looks; its event has its name", async () => {
  await play("front-door", { on: false });
  const page = await visit(browser, recorder, "/devices");
  const [wall, phone] = await Promise.all([visit(browser, recorder, "/"), visit(browser, recorder, "/", { viewport: PHONE })]);
  await devices.state(page, "front-door", "Closed").waitFor();
  await Promise.all([wall, phone].map((one) => becomes("the chip", devices.chip(one, "front-door"), "quiet")));

  const before = Date.now();
  await devices.play(page, "front-door").getByRole("button", { name: "Yes" }).click();
  await devices.state(page, "front-door", "Open").waitFor();
  assert.equal(await tone(devices.card(page, "front-door")), "open");
  for (const one of [wall, phone]) {
    await becomes("the chip", devices.chip(one, "front-door"), "open");
    assert.match(await devices.chip(one, "front-door").textContent(), /^front-doorOpen \d+ s$/);
    const [chip, picture] = [await devices.chip(one, "front-door").boundingBox(), await live.picture(one, "yard").boundingBox()];
    assert.ok(chip.y + chip.height <= picture.y, "the chips stand over the pictures");
  }
  // What presses stands at the beginning: on a phone the others lie outside of the screen.
  const order = () => devices.chips(phone).evaluateAll((chips) => chips.map((chip) => chip.dataset.sensor));
  await until("both to be at the beginning", 10, async () => (await order()).slice(0, 2).join() === "front-door,gate");
  await devices.chip(phone, "front-door").click();
  await phone.waitForURL(/\/devices$/);
  await leave(phone);
  await leave(wall);

  const event = await recorder.event("yard", "the event of the door", 30, (one) => Date.parse(one.triggered) >= before - 1000 && one.sensors.includes("front-door") && one.end !== null);
  assert.deepEqual(event.kinds, ["sensor"]);
  await devices.card(page, "front-door").getByRole("link", { name: "Events of front-door" }).click();
  await page.waitForURL(/\/events\?sensor=front-door$/);
  assert.match(await list.card(page, event.id).textContent(), /^Sensor front-door, yard, /);
  await list.card(page, event.id).click();
  await page.getByRole("dialog", { name: "Sensor front-door at yard" }).waitFor();
  assert.equal(await clip.dialog(page).locator("[data-why]").textContent(), "Sensor front-door");
  await leave(page);
});

story("events are found by sensor and by kind; the sensor is a chip that is taken away with a click", async () => {
  await play("front-door", { on: false });
  await play("path", { on: false });
  await until("an event of the path", 30, async () => {
    await play("path", { on: true });
    await play("path", { on: false });
    return (await recorder.owner("GET", "/events?sensor=path")).total > 0;
  });
  await until("no event to go on", 30, async () => (await recorder.owner("GET", "/events")).events.every((one) => one.end !== null));
  const count = async (query) => (await recorder.owner("GET", `/events?${query}`)).total;
  const [all, byPath, bySensor] = [await count(""), await count("sensor=path"), await count("kind=sensor")];
  assert.ok(byPath > 0 && byPath < all, `${byPath} of ${all}`);
  const words = (number) => `${number} ${number === 1 ? "event" : "events"}`;
  const shows = (page, number) => until(words(number), 5, async () => (await list.count(page).textContent()).trim() === words(number));

  const page = await visit(browser, recorder, "/events?sensor=path");
  await shows(page, byPath);
  await page.reload();
  await shows(page, byPath);
  await devices.filter(page, "path").click();
  await page.waitForURL(/\/events$/);
  await shows(page, all);
  assert.equal(await devices.filter(page, "path").count(), 0);
  await page.goBack();
  await shows(page, byPath);
  await page.goForward();
  await list.filters(page).getByRole("button", { name: "All kinds" }).click();
  await page.getByRole("dialog", { name: "Kind" }).getByRole("button", { name: "Sensor" }).click();
  await page.waitForURL(/\/events\?kind=sensor$/);
  await shows(page, bySensor);
  await leave(page);
});

story("a distance is played with a slider: near is a yes, nothing in reach is none", async () => {
  await play("path", { on: false, free: true });
  const page = await visit(browser, recorder, "/devices");
  await devices.state(page, "path", "Quiet").waitFor();
  await devices.card(page, "path").locator(".device-facts").getByText("Nothing in reach").waitFor();
  await devices.play(page, "path").getByRole("slider", { name: "Distance to play" }).fill("800");
  await devices.state(page, "path", "Motion").waitFor();
  await devices.card(page, "path").locator(".device-facts").getByText("80 cm").waitFor();
  assert.equal((await sensorOf("path")).reading.distance_mm, 800);
  await devices.play(page, "path").getByRole("button", { name: "Nothing in reach" }).click();
  await devices.state(page, "path", "Quiet").waitFor();
  await leave(page);
});

story("what is measured is told in numbers, and a battery that is low with a word on the wall", async () => {
  const page = await visit(browser, recorder, "/devices");
  await play("cellar", { value: 21.5, level: 0.35, brightness: 0.1 });
  const facts = devices.card(page, "cellar").locator(".device-facts");
  for (const words of ["21.5", "35 %", "10 %"]) await facts.getByText(words, { exact: true }).waitFor();
  await play("glass", { on: false, battery: 0.09 });
  await devices.card(page, "glass").locator(".share[data-bad]").getByText("9 %").waitFor();
  await page.goto(`${recorder.origin}/`);
  await devices.chip(page, "glass").getByText("battery 9 %").waitFor();
  await leave(page);
});

story("a sensor that is not heard is silent, with cause and hint, until it is heard", async () => {
  const page = await visit(browser, recorder, "/devices");
  await becomes("the gate", devices.card(page, "gate"), "fault");
  await devices.state(page, "gate", "Silent").waitFor();
  const { fault } = await sensorOf("gate");
  for (const words of [fault.message, fault.hint]) await devices.fault(page, "gate").getByText(words, { exact: true }).waitFor();
  const wall = await visit(browser, recorder, "/");
  await becomes("its chip", devices.chip(wall, "gate"), "fault");
  assert.match(await devices.chip(wall, "gate").textContent(), /^gateSilent/);
  await leave(wall);
  await devices.play(page, "gate").getByRole("button", { name: "No", exact: true }).click();
  await devices.state(page, "gate", "Closed").waitFor();
  await until("it to be silent again, and said so", 10, async () => /Something is wrong with gate: /.test(await top.announcer(page).textContent()));
  await leave(page);
});

story("an alarm is said aloud", async () => {
  await play("glass", { on: false });
  const page = await visit(browser, recorder, "/devices");
  await devices.state(page, "glass", "Untouched").waitFor();
  await play("glass", { on: true });
  await becomes("the glass", devices.card(page, "glass"), "alarm");
  await until("it to be said", 5, async () => /glass: Tampered with\./.test(await top.announcer(page).textContent()));
  await play("glass", { on: false });
  await leave(page);
});

story("a light goes on and off by hand, for a while, and back to what is planned", async () => {
  const light = async () => (await told()).lights[0];
  const page = await visit(browser, recorder, "/devices");
  await devices.way(page, "yard-ir", "As planned").waitFor();
  assert.ok(await devices.way(page, "yard-ir", "As planned").isChecked());
  await devices.way(page, "yard-ir", "On").check();
  await devices.card(page, "yard-ir").getByText("On by hand until it is changed.").waitFor();
  assert.deepEqual([(await light()).by_hand, (await light()).until], [true, null]);
  await devices.card(page, "yard-ir").getByRole("combobox", { name: "By hand" }).selectOption({ label: "for 1 hour" });
  await devices.card(page, "yard-ir").getByText(/^On by hand until (tomorrow )?[\w ]*\d\d:\d\d\.$/).waitFor();
  const left = Date.parse((await light()).until) - Date.now();
  assert.ok(left > 3_500_000 && left <= 3_601_000, `${left} ms are left`);
  await devices.way(page, "yard-ir", "Off").check();
  await devices.state(page, "yard-ir", "Off").waitFor();
  await devices.way(page, "yard-ir", "As planned").check();
  await devices.card(page, "yard-ir").getByText("Planned: off, until somebody puts it on.").waitFor();
  assert.equal((await light()).by_hand, null);
  await leave(page);
});

story("how bright a room is stands at its light and on its camera's page, beside the camera's sensors", async () => {
  const page = await visit(browser, recorder, "/devices");
  await devices.play(page, "yard-ir").getByRole("slider", { name: "Brightness to play" }).fill("0.42");
  await devices.card(page, "yard-ir").locator(".device-facts").getByText("42 %").waitFor();
  assert.ok(Math.abs((await told()).lights[0].brightness - 0.42) < 0.005);
  await page.goto(`${recorder.origin}/live/yard`);
  const panel = devices.ofCamera(page);
  await panel.locator('[data-light="yard-ir"]').getByText("brightness 42 %").waitFor();
  assert.deepEqual(await panel.locator("[data-sensor]").evaluateAll((all) => all.map((one) => one.dataset.sensor).sort()), ["front-door", "path"]);
  // What belongs to another camera does not stand here.
  await page.goto(`${recorder.origin}/live/hall`);
  await camera.facts(page).first().waitFor();
  assert.equal(await devices.ofCamera(page).count(), 0);
  await leave(page);
});

story("a servo goes where the slider is put, says where it is on the way, and knows its two ends", async () => {
  const page = await visit(browser, recorder, "/devices");
  const words = devices.card(page, "cover").locator("[data-angle]");
  await devices.card(page, "cover").getByRole("button", { name: "Monitoring off: 0°" }).click();
  await devices.state(page, "cover", "Stands at 0°").waitFor();
  await devices.angle(page, "cover").fill("60");
  await until("it to be on its way", 5, async () => {
    const at = Number(await words.getAttribute("data-angle"));
    return at > 0 && at < 60 && /^At \d+°, moving to 60°$/.test(await words.textContent());
  });
  // The slider stays where it was put while it is on the way.
  assert.equal(await devices.angle(page, "cover").inputValue(), "60");
  await devices.state(page, "cover", "Stands at 60°").waitFor();
  await devices.card(page, "cover").getByRole("button", { name: "Monitoring on: 90°" }).click();
  await devices.state(page, "cover", "Stands at 90°").waitFor();
  assert.equal(await devices.angle(page, "cover").inputValue(), "90");
  assert.equal((await told()).servos[0].target, 90);
  await leave(page);
});

story("a relay is switched, and says when it goes off by itself; an LED follows its sensor", async () => {
  const page = await visit(browser, recorder, "/devices");
  await devices.card(page, "pump").getByText("Goes off by itself after 3 min").waitFor();
  await devices.switch(page, "pump").click();
  await devices.state(page, "pump", "On").waitFor();
  await devices.card(page, "pump").getByText(/^Goes off by itself in (2 min \d+ s|3 min)$/).waitFor();
  await devices.switch(page, "pump").click();
  await devices.state(page, "pump", "Off").waitFor();
  assert.equal((await told()).outputs.find(({ name }) => name === "pump").on, false);

  await devices.card(page, "aim").getByText("Follows path").waitFor();
  await play("path", { on: true, free: true });
  await devices.state(page, "aim", "On").waitFor();
  await play("path", { on: false });
  await devices.state(page, "aim", "Off").waitFor();
  await leave(page);
});

story("a siren is asked about before it is put on, and falls silent by itself", async () => {
  const horn = async () => (await told()).outputs.find(({ name }) => name === "horn");
  const page = await visit(browser, recorder, "/devices");
  await devices.switch(page, "horn").click();
  await devices.question(page).getByRole("button", { name: "Cancel" }).click();
  assert.equal((await horn()).on, false);
  assert.equal(await devices.switch(page, "horn").getAttribute("aria-checked"), "false");

  await devices.switch(page, "horn").click();
  await devices.question(page).getByRole("button", { name: "Put it on" }).click();
  await devices.question(page).waitFor({ state: "detached" });
  await becomes("the horn", devices.card(page, "horn"), "alarm");
  await devices.card(page, "horn").getByText(/^Goes off by itself in \d s$/).waitFor();
  await devices.state(page, "horn", "Off").waitFor();

  // Silence is not asked about.
  await devices.switch(page, "horn").click();
  await devices.question(page).getByRole("button", { name: "Put it on" }).click();
  await becomes("the horn", devices.card(page, "horn"), "alarm");
  await devices.switch(page, "horn").click();
  await devices.state(page, "horn", "Off").waitFor();
  assert.equal(await devices.question(page).count(), 0);
  await leave(page);
});

story("what was asked for is shown at once; what does not obey is told, and shown as it is", async () => {
  const page = await visit(browser, recorder, "/devices");
  let refuse;
  const asked = new Promise((done) => (refuse = done));
  await page.route("**/api/v1/outputs/pump", async (route) => {
    await asked;
    await route.fulfill({ status: 503, json: { error: { code: "unavailable", message: "The pin is gone.", hint: "Look at the wire." } } });
  });
  await devices.switch(page, "pump").click();
  await page.locator('[role=switch][aria-label="pump"][aria-checked="true"][aria-busy="true"]').waitFor();
  refuse();
  await page.getByRole("alert").filter({ hasText: "pump did not obey. The pin is gone. Look at the wire." }).waitFor();
  assert.equal(await devices.switch(page, "pump").getAttribute("aria-checked"), "false");
  await leave(page, /status of 503.*\/outputs\/pump/);
});

story("a broker that does not answer is told with its cause", async () => {
  const page = await visit(browser, recorder, "/devices");
  await devices.broker(page).getByText("127.0.0.1:9", { exact: true }).waitFor();
  await until("the cause", 20, async () => {
    const { state, cause } = (await told()).mqtt;
    return state !== "up" && cause && (await devices.broker(page).getByText(cause, { exact: true }).count()) > 0;
  });
  await leave(page);
});

story("who only looks sees all and has nothing to operate", async () => {
  const viewer = { name: "vic", password: OWNER.password };
  recorder.addUser(viewer, "viewer");
  const page = await visit(browser, recorder, "/devices", { as: viewer });
  await devices.card(page, "cover").waitFor();
  const operable = page.locator("main").locator("button, select, input:not(:disabled)");
  assert.deepEqual(await operable.evaluateAll((all) => all.map((one) => one.outerHTML)), []);
  assert.ok(await devices.angle(page, "cover").isDisabled());
  for (const [method, where, body] of [["PUT", "/outputs/pump", { on: true }], ["PUT", "/servos/cover", { angle: 10 }], ["PUT", "/lights/yard-ir", { on: true }], ["POST", "/sensors/bell/play", { on: true }]]) {
    const cookie = await recorder.signIn(viewer);
    assert.equal((await recorder.ask(method, where, { body, cookie })).status, 403, where);
  }
  await leave(page);
});

/** What has a hidden box of its own is pressed by its label. */
async function smallTargets(page) {
  return page.evaluate(() =>
    [...document.querySelectorAll("main :is(button, a, input, select)")]
      .filter((one) => one.offsetParent !== null && !one.closest(".hidden"))
      .map((one) => ({ one, box: (one.closest("label") ?? one).getBoundingClientRect() }))
      .filter(({ box }) => box.width < 44 || box.height < 44)
      .map(({ one, box }) => `${one.outerHTML.slice(0, 120)}: ${Math.round(box.width)} x ${Math.round(box.height)}`),
  );
}

story("devices are open to everyone, in both themes, on phone and desktop, and within every screen", async () => {
  await play("front-door", { on: true });
  await play("path", { on: true, distance_mm: 800 });
  const places = {
    page: ["/devices", (page) => devices.card(page, "cover")],
    wall: ["/", (page) => devices.chip(page, "front-door")],
    camera: ["/live/yard", (page) => devices.ofCamera(page).locator("[data-sensor]").first()],
  };
  for (const [name, [where, stands]] of Object.entries(places)) {
    for (const theme of ["dark", "light"]) {
      // So tall that nothing lies half below the tabs at the lower edge, where axe finds it too small.
      for (const [screen, viewport] of Object.entries({ phone: { ...PHONE, height: 5000 }, desktop: { ...DESKTOP, height: 3500 } })) {
        const page = await visit(browser, recorder, where, { theme, viewport });
        await stands(page).waitFor({ timeout: 45_000 });
        assert.deepEqual(await barriers(page), [], `${name}, ${theme}, ${screen}`);
        if (screen === "phone") assert.deepEqual(await smallTargets(page), [], name);
        if (process.env.SHOTS) await page.screenshot({ path: `${process.env.SHOTS}/devices-${name}-${screen}-${theme}.png` });
        for (const width of theme === "dark" ? [320, 390, 768, 1366, 2560] : []) {
          await page.setViewportSize({ width, height: 900 });
          await until(`${name} to fit ${width} px`, 2, () => page.evaluate(() => document.documentElement.scrollWidth === document.documentElement.clientWidth));
        }
        await leave(page);
      }
    }
  }
  await play("path", { on: false, free: true });
});
