import assert from "node:assert/strict";
import { test } from "node:test";
import { type EventQuery, filterOf, queryOf } from "./query";

test("every filter survives the address bar", () => {
  const queries: EventQuery[] = [
    { cameras: [], range: { kind: "all" }, keptOnly: false },
    { cameras: ["front door", "garage&shed"], range: { kind: "preset", preset: "night" }, keptOnly: true },
    { cameras: ["a"], range: { kind: "custom", from: "2026-11-20T18:00", to: null }, keptOnly: false },
  ];
  for (const query of queries) assert.deepEqual(queryOf(filterOf(query)), query);
});

test("what it does not understand is left out", () => {
  assert.deepEqual(queryOf("range=decade&from=soon&kept=maybe"), { cameras: [], range: { kind: "all" }, keptOnly: false });
});
