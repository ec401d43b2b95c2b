import assert from "node:assert/strict";
import { test } from "node:test";
import { SILENT, WITH_SOUND, beginning, retryDelay, steer, trimTo } from "./latency";

const tenSeconds = [{ start: 0, end: 10 }];

test("close to now, it plays on as it is", () => {
  assert.deepEqual(steer(9.88, tenSeconds, "rate and seek", SILENT), { kind: "rate", rate: 1 });
});

test("a little late is made up by playing faster, a little early by playing slower", () => {
  assert.deepEqual(steer(9.7, tenSeconds, "rate and seek", SILENT), { kind: "rate", rate: 1.08 });
  assert.deepEqual(steer(9.5, tenSeconds, "rate and seek", SILENT), { kind: "rate", rate: 1.25 });
  assert.deepEqual(steer(9.98, tenSeconds, "rate and seek", SILENT), { kind: "rate", rate: 0.95 });
});

test("far behind, it jumps to just before the newest picture", () => {
  assert.deepEqual(steer(8.4, tenSeconds, "rate and seek", SILENT), { kind: "jump", to: 9.88 });
  assert.deepEqual(steer(8.4, tenSeconds, "seek only", SILENT), { kind: "jump", to: 9.88 });
});

test("where the rate may not be changed, only jumps remain", () => {
  assert.deepEqual(steer(9.5, tenSeconds, "seek only", SILENT), { kind: "wait" });
});

test("a hole left by a slow line is jumped over", () => {
  const holed = [{ start: 0, end: 9 }, { start: 9.4, end: 10 }];
  assert.deepEqual(steer(8.95, holed, "rate and seek", SILENT), { kind: "jump", to: 9.88 });
  assert.deepEqual(steer(8.7, holed, "rate and seek", SILENT), { kind: "rate", rate: 1.25 });
});

test("media that began anew elsewhere is jumped to", () => {
  assert.deepEqual(steer(500, tenSeconds, "rate and seek", SILENT), { kind: "jump", to: 9.88 });
  assert.deepEqual(steer(0, [{ start: 86_400, end: 86_400.5 }], "rate and seek", SILENT), { kind: "jump", to: 86_400.38 });
});

test("nothing there yet: it waits", () => {
  assert.deepEqual(steer(0, [], "rate and seek", SILENT), { kind: "wait" });
});

test("old media is thrown away in one go, not with every picture", () => {
  assert.equal(trimTo(19, tenSeconds), null);
  assert.equal(trimTo(20.5, tenSeconds), 12.5);
});

test("it tries again after 1, 2, 4, 8, 15, 15 s", () => {
  assert.deepEqual([1, 2, 3, 4, 5, 6, 40].map(retryDelay), [1_000, 2_000, 4_000, 8_000, 15_000, 15_000, 15_000]);
});

test("with sound it stays further behind, and begins only with enough of it", () => {
  assert.deepEqual(steer(9.5, tenSeconds, "rate and seek", WITH_SOUND), { kind: "rate", rate: 1 });
  assert.deepEqual(steer(8.4, tenSeconds, "rate and seek", WITH_SOUND), { kind: "jump", to: 9.7 });
  assert.equal(beginning([{ start: 4, end: 4.2 }], WITH_SOUND), null);
  assert.equal(beginning([{ start: 4, end: 4.2 }], SILENT), 4.15);
  assert.equal(beginning([{ start: 4, end: 4.01 }], SILENT), 4);
  assert.equal(beginning(tenSeconds, WITH_SOUND), 9.7);
  assert.equal(beginning([], SILENT), null);
});
