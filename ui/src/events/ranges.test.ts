import assert from "node:assert/strict";
import { test } from "node:test";
import { Zone } from "../recorder/zone";
import { type Range, instantsOf, momentOf } from "./ranges";

const berlin = new Zone("Europe/Berlin", "2026-11-21T14:32:05+01:00");

/** Checks what a range means at a time; all in RFC 3339. */
function check(range: Range, now: string, from: string, to: string): void {
  const found = instantsOf(range, berlin, Date.parse(now));
  assert.deepEqual(found, { from: Date.parse(from), to: Date.parse(to) });
}

const preset = (name: "today" | "yesterday" | "night" | "week"): Range => ({ kind: "preset", preset: name });

test("presets on an ordinary day", () => {
  const now = "2026-11-21T14:32:05+01:00";
  check(preset("today"), now, "2026-11-21T00:00:00+01:00", "2026-11-22T00:00:00+01:00");
  check(preset("yesterday"), now, "2026-11-20T00:00:00+01:00", "2026-11-21T00:00:00+01:00");
  check(preset("night"), now, "2026-11-20T18:00:00+01:00", "2026-11-21T08:00:00+01:00");
  check(preset("week"), now, "2026-11-15T00:00:00+01:00", "2026-11-22T00:00:00+01:00");
});

test("the day on which summer time begins has 23 hours", () => {
  const now = "2026-03-29T12:00:00+02:00";
  check(preset("today"), now, "2026-03-29T00:00:00+01:00", "2026-03-30T00:00:00+02:00");
  check(preset("night"), now, "2026-03-28T18:00:00+01:00", "2026-03-29T08:00:00+02:00");
  check(preset("week"), now, "2026-03-23T00:00:00+01:00", "2026-03-30T00:00:00+02:00");
});

test("the day on which summer time ends has 25 hours", () => {
  const now = "2026-10-25T23:30:00+01:00";
  check(preset("today"), now, "2026-10-25T00:00:00+02:00", "2026-10-26T00:00:00+01:00");
  check(preset("yesterday"), "2026-10-26T00:10:00+01:00", "2026-10-25T00:00:00+02:00", "2026-10-26T00:00:00+01:00");
  check(preset("night"), now, "2026-10-24T18:00:00+02:00", "2026-10-25T08:00:00+01:00");
});

test("today is the recorder's today, not the browser's", () => {
  check(preset("today"), "2026-11-21T23:30:00Z", "2026-11-22T00:00:00+01:00", "2026-11-23T00:00:00+01:00");
});

test("a custom range is read by the recorder's clock", () => {
  const range: Range = { kind: "custom", from: "2026-07-01T08:15", to: "2026-12-01T08:15" };
  check(range, "2026-12-24T00:00:00Z", "2026-07-01T08:15:00+02:00", "2026-12-01T08:15:00+01:00");
  assert.equal(momentOf(Date.parse("2026-07-01T08:15:59+02:00"), berlin), "2026-07-01T08:15");
});
