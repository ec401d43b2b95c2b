import assert from "node:assert/strict";
import { test } from "node:test";
import { NOTHING, extended, remaining, toggled } from "./selection";

const order = ["a", "b", "c", "d", "e"];

test("shift ticks everything in between, in both directions", () => {
  const down = extended(toggled(NOTHING, "b"), order, "d");
  assert.deepEqual([...down.ids], ["b", "c", "d"]);
  const up = extended(down, order, "a");
  assert.deepEqual([...up.ids].sort(), ["a", "b", "c", "d"]);
});

test("without a first tick, shift ticks the one", () => {
  assert.deepEqual([...extended(NOTHING, order, "c").ids], ["c"]);
});

test("what is gone from the list is ticked no more", () => {
  const two = toggled(toggled(NOTHING, "a"), "c");
  assert.deepEqual([...remaining(two, ["c", "d"]).ids], ["c"]);
});
