import assert from "node:assert/strict";
import { test } from "node:test";
import { type Place, centre, faultOf, inserted, middle, moved, removed, shifted } from "./polygon";

const SQUARE: Place[] = [
  [0.2, 0.2],
  [0.6, 0.2],
  [0.6, 0.6],
  [0.2, 0.6],
];

test("a corner moves alone, and never out of the picture", () => {
  assert.deepEqual(moved(SQUARE, 1, [0.7, 0.1]), [[0.2, 0.2], [0.7, 0.1], [0.6, 0.6], [0.2, 0.6]]);
  assert.deepEqual(moved(SQUARE, 2, [1.3, -0.2])[2], [1, 0]);
});

test("places are kept to a ten-thousandth", () => {
  assert.deepEqual(moved(SQUARE, 0, [1 / 3, 0.123456])[0], [0.3333, 0.1235]);
});

test("a shape that meets the edge keeps its form", () => {
  assert.deepEqual(shifted(SQUARE, 0.9, -0.05), [[0.6, 0.15], [1, 0.15], [1, 0.55], [0.6, 0.55]]);
  assert.deepEqual(shifted(SQUARE, -0.5, -0.5)[0], [0, 0]);
});

test("a corner is put on the side it was taken from, also on the last", () => {
  assert.deepEqual(middle(SQUARE, 0), [0.4, 0.2]);
  assert.deepEqual(inserted(SQUARE, 0, middle(SQUARE, 0))[1], [0.4, 0.2]);
  assert.deepEqual(inserted(SQUARE, 3, middle(SQUARE, 3)).at(-1), [0.2, 0.4]);
  assert.deepEqual(removed(inserted(SQUARE, 3, [0.1, 0.4]), 4), SQUARE);
});

test("sides that cross, too few and too many corners are no shape", () => {
  assert.equal(faultOf(SQUARE), null);
  assert.deepEqual(faultOf([[0, 0], [1, 1], [1, 0], [0, 1]]), { kind: "crossing", sides: [0, 2] });
  assert.deepEqual(faultOf(SQUARE.slice(0, 2)), { kind: "few" });
  const round = Array.from({ length: 65 }, (_, at): Place => [0.5 + 0.4 * Math.cos(at / 10.4), 0.5 + 0.4 * Math.sin(at / 10.4)]);
  assert.equal(faultOf(round.slice(0, 64)), null);
  assert.deepEqual(faultOf(round), { kind: "many" });
});

test("a side that only touches another one is refused too, as the recorder does", () => {
  assert.equal(faultOf([[0, 0], [1, 0], [1, 1], [0.5, 0], [0, 1]])?.kind, "crossing");
  // Two corners in one place: the sides before and after it touch.
  assert.equal(faultOf([[0, 0], [1, 0], [1, 0], [0, 1]])?.kind, "crossing");
});

test("a shape's name stands in the middle of its corners", () => {
  assert.deepEqual(centre(SQUARE).map((one) => Math.round(one * 100)), [40, 40]);
});
