import assert from "node:assert/strict";
import { test } from "node:test";
import type { MotionSettings } from "../recorder/wire";
import { cornersOf, equal, faultsOf, refusedFields, shapesOf, tidy, withCorners, withShape, withoutShape } from "./draft";
import type { Place } from "./polygon";

const TRIANGLE: Place[] = [
  [0.1, 0.1],
  [0.9, 0.1],
  [0.5, 0.9],
];
const NOTHING: MotionSettings = {
  sensitivity: 0.5,
  min_area: null,
  min_pixel_delta: null,
  min_travel: 0.016,
  max_speed: 4,
  straightness: 0.6,
  frames_per_second: 10,
  night: null,
  zones: [],
  masks: [],
  person: null,
};
const zone = (name: string) => ({ name, area: TRIANGLE, sensitivity: null, min_area: null, min_time: 0 });
const named = (number: number) => `Zone ${number}`;

test("a new zone gets a name that no other has", () => {
  const before = { ...NOTHING, zones: [zone("Path"), zone("Zone 3")] };
  const [settings, shape] = withShape(before, { kind: "zone", corners: TRIANGLE }, named);
  assert.deepEqual(shape, { kind: "zone", at: 2 });
  assert.equal(settings.zones[2]?.name, "Zone 4");
  assert.equal(before.zones.length, 2);
});

test("zones and masks are changed and removed each in their own list", () => {
  const [settings, mask] = withShape({ ...NOTHING, zones: [zone("Path")] }, { kind: "mask", corners: TRIANGLE }, named);
  assert.deepEqual(shapesOf(settings), [{ kind: "zone", at: 0 }, { kind: "mask", at: 0 }]);
  const moved: Place[] = [[0, 0], [1, 0], [0, 1]];
  const changed = withCorners(settings, mask, moved);
  assert.deepEqual(cornersOf(changed, mask), moved);
  assert.deepEqual(cornersOf(changed, { kind: "zone", at: 0 }), TRIANGLE);
  assert.deepEqual(withoutShape(changed, mask), { ...NOTHING, zones: [zone("Path")] });
  assert.deepEqual(withoutShape(changed, { kind: "zone", at: 0 }).masks, [moved]);
});

test("every fault is told, by the recorder's name of the field", () => {
  assert.deepEqual(faultsOf(NOTHING), []);
  const bad: MotionSettings = {
    ...NOTHING,
    sensitivity: 1.5,
    max_speed: NaN,
    night: { ...NOTHING, min_pixel_delta: 300 },
    zones: [zone("a"), zone("a "), { ...zone(" "), area: TRIANGLE.slice(1), min_time: 601 }],
    masks: [[[0, 0], [1, 1], [1, 0], [0, 1]]],
    person: { near: 0.2, far: 0.4, far_at: 1 },
  };
  assert.deepEqual(
    faultsOf(bad).map(({ field, kind }) => `${field}: ${kind}`),
    ["zones[1].name: same name", "zones[2].name: unnamed", "zones[2].area: shape", "zones[2].min_time: range", "masks[0]: shape", "sensitivity: range", "max_speed: range", "night.min_pixel_delta: range", "person.far_at: range", "person.far: far is larger"],
  );
});

test("the recorder's hint is told field by field", () => {
  const hint = "sensitivity must be 0 to 1. zones[0].name must be 1 to 64 letters, without blanks around them. masks[2] must have 3 to 64. night.max_speed must be above 0 and at most 100.";
  assert.deepEqual(
    [...refusedFields(hint)],
    [
      ["sensitivity", "must be 0 to 1."],
      ["zones[0].name", "must be 1 to 64 letters, without blanks around them."],
      ["masks[2]", "must have 3 to 64."],
      ["night.max_speed", "must be above 0 and at most 100."],
    ],
  );
  assert.equal(refusedFields("Free some space on the disk.").size, 0);
});

test("settings that say the same are the same, and names lose the blanks around them", () => {
  assert.ok(equal(NOTHING, structuredClone(NOTHING)));
  assert.ok(!equal(NOTHING, { ...NOTHING, masks: [TRIANGLE] }));
  assert.ok(!equal({ ...NOTHING, zones: [zone("a")] }, { ...NOTHING, zones: [zone("b")] }));
  assert.equal(tidy({ ...NOTHING, zones: [zone(" Path ")] }).zones[0]?.name, "Path");
});
