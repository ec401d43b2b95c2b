import assert from "node:assert/strict";
import { test } from "node:test";
import { ClockOffset } from "./clock_offset";

test("the quickest answer is believed", () => {
  const offset = new ClockOffset();
  assert.equal(offset.get(), null);
  offset.add(1_000, 1_400, 6_390); // A slow answer: off by up to 200 ms.
  offset.add(2_000, 2_010, 7_005);
  assert.equal(offset.get(), 5_000);
});

test("a clock that was set is believed after a few pings", () => {
  const offset = new ClockOffset();
  offset.add(0, 2, 5_001);
  for (let ping = 1; ping <= 8; ping += 1) offset.add(ping * 1_000, ping * 1_000 + 20, ping * 1_000 + 10);
  assert.equal(offset.get(), 0);
});
