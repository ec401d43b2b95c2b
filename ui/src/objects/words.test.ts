import assert from "node:assert/strict";
import { test } from "node:test";
import type { Event } from "../recorder/wire";
import { deedWords, listed, lookOf, unknownOf, whatIsSaid, whatWas, whoWas, whyWas } from "./words";

type Seen = readonly [label: string, count: number, score?: number];

function event(kinds: string[], seen: readonly Seen[], recognition: Event["recognition"] = "known"): Event {
  return { kinds, objects: seen.map(([label, count, score = 0.5]) => ({ label, count, score })), recognition } as Event;
}

test("a card says who it was, and motion alone as motion", () => {
  const told = (...seen: Seen[]) => whatWas(event(["motion"], seen));
  assert.equal(told(), "Motion");
  assert.equal(told(["person", 1, 0.912]), "Person 91 %");
  assert.equal(told(["person", 2, 0.9]), "2 people");
  assert.equal(told(["car", 1], ["person", 2]), "Car, 2 people");
  assert.equal(told(["person", 2], ["car", 1]), "2 people, car");
  assert.equal(told(["person", 1], ["car", 1], ["dog", 1], ["bus", 3]), "Person, car, dog and more");
});

test("that somebody asked for it, or that the picture was bad, is said as well", () => {
  assert.equal(whatWas(event(["motion", "object", "manual"], [["person", 1, 0.7]])), "Person 70 %, By hand");
  assert.equal(whatWas(event(["object", "covered"], [["person", 2]])), "2 people, Covered");
  assert.equal(whoWas(event(["object"], [["person", 1, 0.7]])), "Person");
});

test("a detector that failed is not nobody", () => {
  const unknown = event(["motion"], [], "unknown");
  assert.equal(unknownOf(unknown), "Not recognised: the detector failed");
  assert.equal(whatIsSaid(unknown), "Motion – Not recognised: the detector failed");
  assert.equal(unknownOf(event(["motion"], [["person", 1]], "unknown")), "Perhaps more: the detector failed at times");
  assert.equal(unknownOf(event(["motion"], [], "known")), null);
  assert.equal(unknownOf(event(["motion"], [], "off")), null);
});

test("more than one have their own words", () => {
  const many = (label: string) => listed([{ label, count: 2 }]);
  assert.deepEqual(["person", "bus", "bench", "box", "puppy", "donkey", "sheep", "dog"].map(many), ["2 people", "2 buses", "2 benches", "2 boxes", "2 puppies", "2 donkeys", "2 sheep", "2 dogs"]);
  assert.equal(listed([{ label: "person", count: 1 }, { label: "car", count: 2 }]), "1 person, 2 cars");
  assert.equal(listed([]), "");
});

test("a label of any model has a look", () => {
  assert.deepEqual([lookOf("truck"), lookOf("motorcycle")].map(({ kind }) => kind), ["vehicle", "vehicle"]);
  assert.equal(lookOf("parcel").icon, "thing");
  assert.equal(lookOf("constructor").icon, "thing");
});

test("deeds are told as what somebody did", () => {
  const at = "2026-11-21T14:32:05Z";
  const inDrive = (kind: "entered" | "left" | "loitered") => deedWords({ at, kind, zone: "drive", line: null, side: null });
  assert.deepEqual([inDrive("entered"), inDrive("loitered"), inDrive("left")], ["came into drive", "stayed in drive", "left drive"]);
  const over = (side: "left" | "right" | null) => deedWords({ at, kind: "crossed", zone: null, line: "gate", side });
  assert.deepEqual([over("left"), over("right"), over(null)], ["crossed gate to the left", "crossed gate to the right", "crossed gate"]);
});

test("a sensor is told with its name beside who it was, and why it was recorded", () => {
  const at = (kinds: string[], seen: readonly Seen[]) => ({ ...event(kinds, seen), sensors: ["hall"] });
  assert.equal(whatWas(at(["sensor"], [])), "Sensor hall");
  assert.equal(whatWas(at(["motion", "sensor"], [["person", 1, 0.93]])), "Person 93 %, Sensor hall");
  assert.equal(whyWas(at(["motion", "sensor"], [["person", 1, 0.93]])), "Person 93 % + Sensor hall");
  assert.equal(whyWas(at(["motion", "mqtt"], [])), "Motion + MQTT hall");
});
