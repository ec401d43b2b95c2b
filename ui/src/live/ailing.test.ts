import assert from "node:assert/strict";
import { test } from "node:test";
import type { Camera } from "../recorder/wire";
import { Zone } from "../recorder/zone";
import { ailmentsOf } from "./ailing";

const UTC = new Zone("UTC", "");
const NOW = Date.UTC(2026, 10, 21, 15);
const told = (offline: boolean, ...health: Camera["health"]) => ailmentsOf({ health }, UTC, NOW, offline);

test("it says what is wrong, since when, by the recorder's clock", () => {
  assert.deepEqual(told(false, { kind: "covered", since: "2026-11-21T14:02:30Z" }, { kind: "slow", since: "2026-11-20T09:00:00Z" }), [
    "Covered since 14:02",
    "Too few pictures since yesterday 09:00",
  ]);
  assert.deepEqual(told(false), []);
});

test("that no pictures come is not said twice", () => {
  const health = [{ kind: "no_pictures", since: "2026-11-21T14:02:30Z" }, { kind: "frozen", since: "2026-11-21T14:00:00Z" }] as const;
  assert.deepEqual(told(true, ...health), ["Frozen since 14:00"]);
  assert.equal(told(false, ...health).length, 2);
});
