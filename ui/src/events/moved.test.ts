import assert from "node:assert/strict";
import { test } from "node:test";
import type { Event, Trace } from "../recorder/wire";
import { clipStart, seenAt, zonesOf } from "./moved";

const START = Date.parse("2026-11-21T14:00:00Z");
const at = (ms: number) => new Date(START + ms).toISOString();
const WALK: Trace = {
  number: 1,
  label: null,
  zones: ["path"],
  places: [
    { at: at(1000), box: [0.1, 0.4, 0.1, 0.3] },
    { at: at(2000), box: [0.3, 0.4, 0.1, 0.3] },
    { at: at(9000), box: [0.8, 0.4, 0.1, 0.3] },
  ],
};
const rounded = (numbers: readonly number[] | undefined) => numbers?.map((one) => Math.round(one * 1000) / 1000);

test("between two places the box goes on evenly", () => {
  const [seen] = seenAt([WALK], START + 1500);
  assert.deepEqual(rounded(seen?.box), [0.2, 0.4, 0.1, 0.3]);
  assert.deepEqual(seen?.path.map(rounded), [[0.15, 0.7], [0.25, 0.7]]);
});

test("where nobody saw it there is no box, only just before and after", () => {
  for (const [ms, seen] of [[700, 0], [800, 1], [1000, 1], [2200, 1], [2300, 0], [5000, 0], [8800, 1], [9200, 1], [9300, 0]] as const) {
    assert.equal(seenAt([WALK], START + ms).length, seen, `${ms} ms`);
  }
});

test("each thing goes its own way, and zones are named once", () => {
  const other: Trace = { number: 2, label: "person", zones: ["path", "gate"], places: [{ at: at(1400), box: [0.5, 0.5, 0.1, 0.1] }] };
  assert.deepEqual(seenAt([WALK, other], START + 1500).map(({ number, label }) => [number, label]), [[1, null], [2, "person"]]);
  assert.deepEqual(zonesOf([WALK, other]), ["path", "gate"]);
});

test("a clip begins at the key picture before its event", () => {
  const event = { start: at(0), end: at(10_000), duration: 10, pre_roll: 3 } as Event;
  assert.equal(clipStart(event, 11.5), START - 1500);
  assert.equal(clipStart(event, 9.9), START);
  // While it goes on, nobody knows where the clip ends.
  assert.equal(clipStart({ ...event, end: null }, 11.5), START);
});
