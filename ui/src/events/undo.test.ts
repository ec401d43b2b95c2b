import assert from "node:assert/strict";
import { test } from "node:test";
import { EMPTY, UNDO_MS, deleted, expired, undone, wakeAt } from "./undo";

test("a deletion can be taken back for ten seconds, and once", () => {
  const queue = deleted(EMPTY, ["a", "b"], 1_000);
  assert.equal(wakeAt(queue), 1_000 + UNDO_MS);
  const first = undone(queue, 1, 1_000 + UNDO_MS - 1);
  assert.deepEqual(first.restore, ["a", "b"]);
  assert.deepEqual(undone(first.queue, 1, 2_000).restore, []);
  assert.deepEqual(undone(queue, 1, 1_000 + UNDO_MS).restore, []);
});

test("two deletions are taken back one by one, each in its own time", () => {
  const queue = deleted(deleted(EMPTY, ["a"], 0), ["b"], 4_000);
  assert.equal(wakeAt(queue), UNDO_MS);
  const later = expired(queue, UNDO_MS);
  assert.deepEqual(later.open.map((deletion) => deletion.ids), [["b"]]);
  assert.deepEqual(undone(later, 2, UNDO_MS + 1).restore, ["b"]);
  assert.equal(wakeAt(expired(queue, 20_000)), null);
});

test("deleting nothing offers nothing", () => {
  assert.equal(deleted(EMPTY, [], 0), EMPTY);
});
