import assert from "node:assert/strict";
import { test } from "node:test";
import type { Event } from "../recorder/wire";
import { Zone } from "../recorder/zone";
import { EVERYTHING, type EventQuery, LONGEST_TEXT, askOf, filterOf, fits, queryOf, tidyText } from "./query";

test("every filter survives the address bar", () => {
  const queries: EventQuery[] = [
    EVERYTHING,
    { cameras: ["front door", "garage&shed"], range: { kind: "preset", preset: "night" }, kind: "ailment", keptOnly: true, labels: ["person", "teddy bear"], zone: "drive & gate", sensor: "hall_pir", text: "" },
    { cameras: ["a"], range: { kind: "custom", from: "2026-11-20T18:00", to: null }, kind: "manual", keptOnly: false, labels: [], zone: null, sensor: null, text: "left drive" },
  ];
  for (const query of queries) assert.deepEqual(queryOf(filterOf(query)), query);
});

test("what it does not understand is left out", () => {
  assert.deepEqual(queryOf("range=decade&from=soon&kept=maybe&kind=alien&label=&zone=&sensor=&text=%20"), EVERYTHING);
});

test("an event that reaches into the range fits, as the recorder counts it", () => {
  const query = queryOf("from=2026-11-21T10:00&to=2026-11-21T11:00");
  const fitting = (start: string, end: string | null) => {
    const at = (time: string) => `2026-11-21T${time}:00.000Z`;
    const event = { camera: "door", kept: false, start: at(start), end: end === null ? null : at(end) } as Event;
    return fits(query, event, new Zone("UTC", ""), Date.UTC(2026, 10, 21, 12));
  };
  assert.ok(fitting("09:58", "10:02"));
  assert.ok(fitting("09:58", null));
  assert.ok(fitting("10:59", "11:05"));
  assert.ok(!fitting("09:58", "10:00"));
  assert.ok(!fitting("11:00", "11:05"));
});

test("a kind fits an event that has it among others; whatever is wrong with a camera is one kind", () => {
  const fitting = (kind: string, ...kinds: string[]) => {
    const event = { camera: "door", kept: false, kinds, start: "2026-11-21T10:00:00.000Z", end: null } as unknown as Event;
    return fits(queryOf(`kind=${kind}`), event, new Zone("UTC", ""), Date.UTC(2026, 10, 21, 12));
  };
  assert.ok(fitting("motion", "motion"));
  assert.ok(fitting("manual", "motion", "manual"));
  assert.ok(fitting("ailment", "motion", "covered"));
  assert.ok(!fitting("ailment", "motion", "manual"));
  assert.ok(!fitting("motion", "frozen"));
  assert.ok(fitting("sensor", "motion", "sensor"));
  assert.ok(fitting("mqtt", "mqtt"));
  assert.ok(!fitting("ailment", "sensor", "mqtt"));
});

test("an event fits by what was recognised; of where and of words it cannot tell", () => {
  const fitting = (filter: string, ...labels: string[]) => {
    const objects = labels.map((label) => ({ label, score: 0.9, count: 1 }));
    const event = { camera: "door", kept: false, kinds: ["motion"], objects, start: "2026-11-21T10:00:00.000Z", end: null } as unknown as Event;
    return fits(queryOf(filter), event, new Zone("UTC", ""), Date.UTC(2026, 10, 21, 12));
  };
  assert.equal(fitting("label=person&label=dog", "car", "dog"), true);
  assert.equal(fitting("label=person&label=dog", "car"), false);
  assert.equal(fitting("label=person"), false);
  assert.equal(fitting("zone=drive", "person"), null);
  assert.equal(fitting("text=drive"), null);
  assert.equal(fitting("text=drive&label=person", "car"), false);
});

test("an event fits by the sensor that had to do with it", () => {
  const fitting = (sensors?: readonly string[]) => {
    const event = { camera: "door", kept: false, kinds: ["sensor"], objects: [], ...(sensors && { sensors }), start: "2026-11-21T10:00:00.000Z", end: null } as unknown as Event;
    return fits(queryOf("sensor=hall"), event, new Zone("UTC", ""), Date.UTC(2026, 10, 21, 12));
  };
  assert.equal(fitting(["gate", "hall"]), true);
  assert.equal(fitting(["gate"]), false);
  assert.equal(fitting(), false);
});

test("the recorder is asked as the address tells", () => {
  const ask = askOf(queryOf("label=person&label=car&zone=drive&sensor=hall&text=  left%20%20gate "), { from: null, to: null }, null, 60);
  assert.equal(ask.toString(), "limit=60&label=person&label=car&zone=drive&sensor=hall&text=left+gate");
});

test("a text is kept short, its words apart by one space", () => {
  assert.equal(tidyText("  left \t the   drive "), "left the drive");
  assert.equal(tidyText("a".repeat(500)).length, LONGEST_TEXT);
});
