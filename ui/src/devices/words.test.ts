import assert from "node:assert/strict";
import { test } from "node:test";
import type { Devices, Light, Output, Reading, Sensor, Servo } from "../recorder/wire";
import { newsOf } from "./announce";
import { ago, causes, chipWords, deeds, distance, grouped, isAny, lightWords, measured, offWords, pressingFirst, servoWords, stateOf, valueWords } from "./words";

const NOW = Date.parse("2026-11-21T14:00:00Z");
const before = (seconds: number) => new Date(NOW - seconds * 1000).toISOString();

const NOTHING: Reading = { on: null, momentary: false, distance_mm: null, free: false, brightness: null, level: null, value: null, battery: null };

function sensor(about: Partial<Sensor>): Sensor {
  return { name: "hall", kind: "gpio", senses: "motion", cameras: [], actions: [], always: false, active: false, since: before(540), seen: before(1), fired: null, reading: NOTHING, unreadable: 0, heartbeat_seconds: null, fault: null, ...about };
}

const chip = (about: Partial<Sensor>, battery: number | null = null) => chipWords(stateOf(sensor(about), NOW), battery, NOW, () => "13:51");
const FAULT = { message: "The line is gone.", hint: "Look at it." };

test("a chip says how long a door is open, and since when all is quiet", () => {
  assert.equal(chip({ senses: "opening", active: true, since: before(725) }), "Open 12 min");
  assert.equal(chip({ senses: "opening" }), "Closed · 13:51");
  assert.equal(chip({ active: true, since: before(12) }), "Motion 12 s");
  assert.equal(chip({ since: null }), "Quiet");
  assert.equal(chip({ active: null }), "Unknown");
  assert.equal(chip({}, 0.09), "Quiet · battery 9 %");
  assert.equal(chip({}, 0.81), "Quiet · 13:51");
});

test("a sensor that is not heard is silent; one with another fault is not", () => {
  const silent = { fault: FAULT, heartbeat_seconds: 10, active: true } as const;
  assert.equal(chip({ ...silent, seen: before(260) }), "Silent 4 min");
  assert.equal(chip({ ...silent, seen: null }), "Silent");
  assert.equal(chip({ ...silent, seen: before(5) }), "Fault");
  assert.equal(stateOf(sensor({ ...silent, seen: before(260) }), NOW).tone, "fault");
});

test("each state has a tone and a picture of its own", () => {
  const look = (about: Partial<Sensor>) => {
    const { tone, icon } = stateOf(sensor(about), NOW);
    return [tone, icon];
  };
  assert.deepEqual(look({ senses: "opening", active: true }), ["open", "doorOpen"]);
  assert.deepEqual(look({ senses: "opening" }), ["quiet", "door"]);
  assert.deepEqual(look({ active: true }), ["active", "pir"]);
  assert.deepEqual(look({ senses: "panic", active: true }), ["alarm", "siren"]);
  assert.deepEqual(look({ senses: "tamper", active: true }), ["alarm", "tamper"]);
  assert.deepEqual(look({ senses: "measure", active: true }), ["quiet", "gauge"]);
  assert.deepEqual(look({ fault: FAULT }), ["fault", "warning"]);
});

test("what presses comes first, and nothing else changes its place", () => {
  const sensors = [sensor({ name: "a" }), sensor({ name: "b", active: true }), sensor({ name: "c", fault: FAULT }), sensor({ name: "d", senses: "opening", active: true })];
  assert.deepEqual(pressingFirst(sensors, (one) => stateOf(one, NOW)).map(({ name }) => name), ["c", "d", "a", "b"]);
});

test("sensors stand together by what they sense, in one order", () => {
  const sensors = (["measure", "panic", "motion", "doorbell", "opening"] as const).map((senses) => sensor({ name: senses, senses }));
  assert.deepEqual(grouped(sensors).map(([group, members]) => [group, members.map(({ name }) => name)]), [
    ["doors", ["opening"]],
    ["motion", ["motion"]],
    ["buttons", ["panic", "doorbell"]],
    ["measured", ["measure"]],
  ]);
});

test("what it measures is told in the units of its owner", () => {
  assert.deepEqual([20, 904, 994, 1000, 1230, 4000].map(distance), ["2 cm", "90 cm", "99 cm", "1.00 m", "1.23 m", "4.00 m"]);
  assert.equal(measured({ ...NOTHING, free: true, brightness: 0.104, level: 0.35, value: 21.537894 }), "Nothing in reach · 10 % · 35 % · 21.5379");
  assert.equal(measured(NOTHING), "");
  assert.equal(valueWords(35), "35");
  assert.deepEqual([0.5, 12, 725, 90_000].map((seconds) => ago(NOW - seconds * 1000, NOW)), ["just now", "12 s ago", "12 min ago", "1 d ago"]);
});

test("what a sensor does is told with where", () => {
  assert.equal(deeds(sensor({ actions: ["photo", "clip"], cameras: ["door", "garden"] })), "photo, clip at door, garden");
  assert.equal(deeds(sensor({ actions: ["photo", "arm"], cameras: ["door"], always: true })), "photo at door · monitoring on · also while monitoring is off");
  assert.equal(deeds(sensor({ actions: ["disarm"] })), "monitoring off");
  assert.equal(deeds(sensor({ always: true })), "Shows its state only");
});

test("a light says what is planned, or wanted and until when", () => {
  const told = (about: Partial<Light>) => lightWords({ when: "dark", by_hand: null, until: null, ...about } as Light, () => "22:06");
  assert.equal(told({}), "Planned: on while it is dark.");
  assert.equal(told({ by_hand: false }), "Off by hand until it is changed.");
  assert.equal(told({ by_hand: true, until: before(-60) }), "On by hand until 22:06.");
});

test("a servo says where it is and where it goes", () => {
  const told = (angle: number | null, target: number | null) => servoWords({ angle, target } as Servo);
  assert.equal(told(null, null), "Not moved yet");
  assert.equal(told(42.4, 90), "At 42°, moving to 90°");
  assert.equal(told(89.7, 90), "Stands at 90°");
});

test("an output says when it goes off by itself", () => {
  const told = (about: Partial<Output>) => offWords({ on: false, since: before(40), max_on_seconds: 180, ...about } as Output, NOW);
  assert.equal(told({}), "Goes off by itself after 3 min");
  assert.equal(told({ on: true }), "Goes off by itself in 2 min 20 s");
  assert.equal(told({ on: true, since: before(500) }), "Goes off by itself in 0 s");
  assert.equal(told({ on: true, max_on_seconds: null }), null);
});

test("an event by a sensor is told with its name", () => {
  assert.deepEqual(causes({ kinds: ["motion", "sensor"], sensors: ["hall", "gate"] }), ["Motion", "Sensor hall, gate"]);
  assert.deepEqual(causes({ kinds: ["mqtt"], sensors: ["salle"] }), ["MQTT salle"]);
  assert.deepEqual(causes({ kinds: ["sensor", "manual"] }), ["By hand", "Sensor"]);
  assert.deepEqual(causes({ kinds: ["motion", "covered"], sensors: [] }), ["Motion", "Covered"]);
});

const NONE: Devices = { sensors: [], lights: [], servos: [], outputs: [], mqtt: null };

test("a recorder without devices has nothing to show", () => {
  assert.equal(isAny(null), false);
  assert.equal(isAny(NONE), false);
  assert.equal(isAny({ ...NONE, sensors: [sensor({})] }), true);
  assert.equal(isAny({ ...NONE, mqtt: { broker: "b:1883", state: "up", since: before(1), cause: null, hint: null } }), true);
});

test("faults, their end and alarms are said once; doors and passers-by are not", () => {
  const news = (one: Partial<Sensor>, other: Partial<Sensor>) => newsOf({ ...NONE, sensors: [sensor(one)] }, { ...NONE, sensors: [sensor(other)] }, NOW);
  assert.deepEqual(news({}, { fault: FAULT }), ["Something is wrong with hall: The line is gone."]);
  assert.deepEqual(news({ fault: FAULT }, { fault: FAULT }), []);
  assert.deepEqual(news({ fault: FAULT }, {}), ["hall is well again."]);
  assert.deepEqual(news({ senses: "panic" }, { senses: "panic", active: true }), ["hall: Calls for help."]);
  assert.deepEqual(news({ senses: "opening" }, { senses: "opening", active: true }), []);
  assert.deepEqual(newsOf(NONE, { ...NONE, sensors: [sensor({ fault: FAULT })] }, NOW), []);
});
