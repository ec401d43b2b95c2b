import assert from "node:assert/strict";
import { test } from "node:test";
import { length } from "../lengths";
import { Zone } from "./zone";

const berlin = new Zone("Europe/Berlin", "2026-11-21T14:32:05+01:00");
const at = (rfc3339: string) => Date.parse(rfc3339);

test("times are told by the recorder's clock, in winter and in summer", () => {
  assert.equal(berlin.exactTime(at("2026-11-21T13:32:05Z")), "14:32:05");
  assert.equal(berlin.exactTime(at("2026-07-21T13:32:05Z")), "15:32:05");
  assert.equal(berlin.time(at("2026-11-20T23:00:00Z")), "00:00");
});

test("days have the names people use", () => {
  const now = at("2026-11-21T14:32:05+01:00");
  assert.equal(berlin.dayName(at("2026-11-21T00:00:00+01:00"), now), "today");
  assert.equal(berlin.dayName(at("2026-11-20T23:59:59+01:00"), now), "yesterday");
  assert.equal(berlin.dayName(at("2026-11-19T12:00:00+01:00"), now), "Thu 19 Nov");
  assert.equal(berlin.dayName(at("2025-12-31T12:00:00+01:00"), now), "Wed 31 Dec 2025");
});

test("an hour that summer time leaves out means the moment after it; one that comes twice, the first", () => {
  assert.equal(berlin.instant({ year: 2026, month: 3, day: 29 }, 2, 30), at("2026-03-29T03:30:00+02:00"));
  assert.equal(berlin.instant({ year: 2026, month: 10, day: 25 }, 2, 30), at("2026-10-25T02:30:00+02:00"));
  assert.equal(berlin.instant({ year: 2026, month: 10, day: 25 }, 3, 0), at("2026-10-25T03:00:00+01:00"));
});

test("a zone this browser does not know is taken from the offset", () => {
  assert.equal(new Zone("Mars/Olympus", "2026-11-21T14:32:05+05:30").time(at("2026-11-21T00:00:00Z")), "05:30");
});

test("lengths are short", () => {
  assert.equal(length(0.4), "0 s");
  assert.equal(length(18.4), "18 s");
  assert.equal(length(59.7), "1 min");
  assert.equal(length(95), "1 min 35 s");
  assert.equal(length(3_600), "1 h");
  assert.equal(length(5_430), "1 h 30 min");
  assert.equal(length(200_000), "2 d 7 h");
});
