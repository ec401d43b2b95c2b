import assert from "node:assert/strict";
import { test } from "node:test";
import { areaOf, mostAt, runsOf, shareOf, topOf } from "./runs";

test("where nothing was looked at is told apart from where nothing moved", () => {
  assert.deepEqual(runsOf([0, 5, null, null, 0]), [
    { from: 0, to: 2, known: true },
    { from: 2, to: 4, known: false },
    { from: 4, to: 5, known: true },
  ]);
  assert.deepEqual(runsOf([]), []);
});

test("steps alike are one line, and the area ends where it began", () => {
  assert.equal(areaOf([0, 0, 10, 10, 3], 0, 5), "M0 255H2V245H4V252H5V255Z");
  assert.equal(areaOf([null, 255, 255], 1, 3), "M1 255H1V0H3V255Z");
});

test("the first of the highest is the most, and nothing is no most", () => {
  assert.equal(mostAt([1, 9, null, 9]), 1);
  assert.equal(mostAt([0, null, 0]), null);
});

test("a curve fills its room, but a little motion stays little", () => {
  assert.equal(topOf([0, 120, null, 3]), 120);
  assert.equal(topOf([0, 10]), 57);
  assert.equal(topOf([]), 57);
});

test("a level is the square root of a share", () => {
  assert.equal(shareOf(0), 0);
  assert.equal(shareOf(255), 1);
  assert.equal(Math.round(shareOf(128) * 100), 25);
});
