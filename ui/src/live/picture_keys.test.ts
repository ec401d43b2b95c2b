import assert from "node:assert/strict";
import { test } from "node:test";
import { changesOf, fieldOf, inOrder } from "./picture_keys";

test("numbers, words and text each have their field", () => {
  assert.deepEqual(fieldOf("brightness", "0.2"), { kind: "number", min: -1, max: 1, step: "any" });
  assert.deepEqual(fieldOf("hflip", "false"), { kind: "words", words: ["false", "true"] });
  assert.equal(fieldOf("shutter", "8ms").kind, "text");
});

test("a word that is not known here can still be kept", () => {
  assert.deepEqual(fieldOf("metering", "matrix"), { kind: "words", words: ["centre", "spot", "average", "matrix"] });
});

test("a key that is not known here is a number if it looks like one, else text", () => {
  assert.deepEqual(fieldOf("zoom_rings", "4"), { kind: "number", step: "any" });
  assert.deepEqual(fieldOf("mood", "sunny"), { kind: "text", words: [] });
  assert.deepEqual(inOrder(["mood", "width", "brightness"]), ["brightness", "width", "mood"]);
});

test("only what changed is told", () => {
  const before = { brightness: "0", hflip: "false", shutter: "auto" };
  assert.deepEqual(changesOf(before, { ...before, brightness: "0.2", shutter: " auto " }), { brightness: "0.2" });
  assert.deepEqual(changesOf(before, before), {});
  assert.deepEqual(changesOf(before, { ...before, brightness: "" }), { brightness: "" });
});
