import assert from "node:assert/strict";
import { test } from "node:test";
import { MOST_STEPS, begun, done, redone, undone } from "./history";

test("what is done is undone and redone, step by step", () => {
  const three = done(done(begun("a"), "b"), "c");
  assert.equal(undone(three).present, "b");
  assert.equal(undone(undone(three)).present, "a");
  assert.equal(undone(undone(undone(three))).present, "a");
  assert.equal(redone(undone(undone(three))).present, "b");
  assert.equal(redone(redone(undone(undone(three)))).present, "c");
  assert.equal(redone(three), three);
});

test("after something new, what was undone is gone", () => {
  const other = done(undone(done(begun("a"), "b")), "c");
  assert.equal(redone(other).present, "c");
  assert.equal(undone(other).present, "a");
});

test("a drag is one step, and the next drag another", () => {
  let history = begun(0);
  for (const [at, drag] of [[1, "first"], [2, "first"], [3, "first"], [4, "second"], [5, "second"]] as const) history = done(history, at, drag);
  assert.deepEqual(history.past, [0, 3]);
  assert.equal(undone(history).present, 3);
  // A drag of the same name after an undo is a step of its own.
  assert.deepEqual(done(undone(history), 9, "second").past, [0, 3]);
});

test("doing nothing is no step, and the oldest steps are forgotten", () => {
  const one = begun("a");
  assert.equal(done(one, "a"), one);
  let history = begun(0);
  for (let at = 1; at <= MOST_STEPS + 5; at += 1) history = done(history, at);
  assert.equal(history.past.length, MOST_STEPS);
  assert.equal(history.past[0], 5);
});
