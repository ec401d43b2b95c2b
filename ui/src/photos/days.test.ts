import assert from "node:assert/strict";
import { test } from "node:test";
import type { Photo } from "../recorder/wire";
import { Zone } from "../recorder/zone";
import { daysOf } from "./days";
import { filterOfPhotos, photoFits, photoQueryOf } from "./query";

const photo = (id: number, taken: string) => ({ id, camera: "door", taken }) as Photo;
const BERLIN = new Zone("Europe/Berlin", "");

test("photos stand under the day on the recorder's wall, not in Greenwich", () => {
  const photos = [photo(3, "2026-11-21T23:30:00Z"), photo(2, "2026-11-21T22:30:00Z"), photo(1, "2026-11-20T23:00:00Z")];
  const days = daysOf(photos, BERLIN).map(({ moment, photos: some }) => [BERLIN.wall(moment).day, some.map(({ id }) => id)]);
  assert.deepEqual(days, [
    [22, [3]],
    [21, [2, 1]],
  ]);
});

test("no photos have no days", () => {
  assert.deepEqual(daysOf([], BERLIN), []);
});

test("a photo belongs to a range from its first moment up to, but without, its last", () => {
  const query = photoQueryOf("camera=door&from=2026-11-21T10:00&to=2026-11-21T11:00");
  assert.equal(filterOfPhotos(query), "camera=door&from=2026-11-21T10%3A00&to=2026-11-21T11%3A00");
  const fits = (taken: string) => photoFits(query, photo(1, taken), new Zone("UTC", ""), 0);
  assert.deepEqual(["09:59:59", "10:00:00", "10:59:59", "11:00:00"].map((time) => fits(`2026-11-21T${time}Z`)), [false, true, true, false]);
  assert.ok(!photoFits(query, { ...photo(1, "2026-11-21T10:30:00Z"), camera: "yard" }, new Zone("UTC", ""), 0));
});
