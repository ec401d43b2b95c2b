// The settings as they are being changed: shapes by what they are and where in the list, and what is wrong with them.
import type { MotionSettings, Tuning } from "../recorder/wire";
import { type Place, type ShapeFault, faultOf } from "./polygon";

export type ShapeKind = "zone" | "mask";

/** One of the shapes; they have no names of their own that could not change. */
export interface ShapeRef {
  readonly kind: ShapeKind;
  readonly at: number;
}

/** A shape that has no end yet. */
export interface Drawing {
  readonly kind: ShapeKind;
  readonly corners: readonly Place[];
}

export interface Draft {
  readonly settings: MotionSettings;
  readonly drawing: Drawing | null;
}

export type DraftFault =
  | { field: string; kind: "shape"; fault: ShapeFault }
  | { field: string; kind: "unnamed" | "same name" | "far is larger" }
  /** A number that is none, or outside of `least` to `most`. */
  | { field: string; kind: "range"; least: number; most: number };

export function same(one: ShapeRef | null, other: ShapeRef | null): boolean {
  return one?.kind === other?.kind && one?.at === other?.at;
}

export function shapesOf(settings: MotionSettings): ShapeRef[] {
  const refs = (kind: ShapeKind, count: number) => Array.from({ length: count }, (_, at): ShapeRef => ({ kind, at }));
  return [...refs("zone", settings.zones.length), ...refs("mask", settings.masks.length)];
}

export function cornersOf(settings: MotionSettings, { kind, at }: ShapeRef): readonly Place[] {
  return (kind === "zone" ? settings.zones[at]?.area : settings.masks[at]) ?? [];
}

export function withCorners(settings: MotionSettings, { kind, at }: ShapeRef, corners: readonly Place[]): MotionSettings {
  const put = <One>(list: readonly One[], change: (one: One) => One) => list.map((one, place) => (place === at ? change(one) : one));
  if (kind === "zone") return { ...settings, zones: put(settings.zones, (zone) => ({ ...zone, area: corners })) };
  return { ...settings, masks: put(settings.masks, () => corners) };
}

/** Adds what was drawn; tells which it is. */
export function withShape(settings: MotionSettings, { kind, corners }: Drawing, name: (number: number) => string): [MotionSettings, ShapeRef] {
  if (kind === "mask") return [{ ...settings, masks: [...settings.masks, corners] }, { kind, at: settings.masks.length }];
  const zone = { name: freeName(settings, name), area: corners, sensitivity: null, min_area: null, min_time: 0 };
  return [{ ...settings, zones: [...settings.zones, zone] }, { kind, at: settings.zones.length }];
}

export function withoutShape(settings: MotionSettings, { kind, at }: ShapeRef): MotionSettings {
  const others = <One>(list: readonly One[]) => list.filter((_, place) => place !== at);
  if (kind === "zone") return { ...settings, zones: others(settings.zones) };
  return { ...settings, masks: others(settings.masks) };
}

function freeName(settings: MotionSettings, name: (number: number) => string): string {
  const taken = new Set(settings.zones.map((zone) => zone.name));
  let number = settings.zones.length + 1;
  while (taken.has(name(number))) number += 1;
  return name(number);
}

/** Least and most of each number, as the recorder's configuration has them. */
export const LIMITS = {
  sensitivity: [0, 1],
  min_area: [0, 1],
  min_pixel_delta: [0, 255],
  min_travel: [0, 1],
  max_speed: [0.1, 100],
  straightness: [0, 1],
  frames_per_second: [1, 30],
  min_time: [0, 600],
  near: [0.01, 4],
  far: [0.01, 4],
  far_at: [0, 0.99],
} as const satisfies Record<string, readonly [number, number]>;

/** What is wrong, in the order of the page. A field is named as the recorder names it, such as `zones[0].name`. */
export function faultsOf(settings: MotionSettings): DraftFault[] {
  const faults: DraftFault[] = [];
  const number = (field: string, key: keyof typeof LIMITS, value: number | null) => {
    const [least, most] = LIMITS[key];
    if (value !== null && !(value >= least && value <= most)) faults.push({ field, kind: "range", least, most });
  };
  const shape = (field: string, corners: readonly Place[]) => {
    const fault = faultOf(corners);
    if (fault) faults.push({ field, kind: "shape", fault });
  };
  const tuning = (before: string, values: Tuning) => {
    for (const key of ["sensitivity", "min_area", "min_pixel_delta", "min_travel", "max_speed", "straightness"] as const) number(before + key, key, values[key]);
  };
  settings.zones.forEach((zone, at) => {
    const name = zone.name.trim();
    if (name === "") faults.push({ field: `zones[${at}].name`, kind: "unnamed" });
    else if (settings.zones.some((other, place) => place < at && other.name.trim() === name)) faults.push({ field: `zones[${at}].name`, kind: "same name" });
    shape(`zones[${at}].area`, zone.area);
    number(`zones[${at}].sensitivity`, "sensitivity", zone.sensitivity);
    number(`zones[${at}].min_area`, "min_area", zone.min_area);
    number(`zones[${at}].min_time`, "min_time", zone.min_time);
  });
  settings.masks.forEach((mask, at) => shape(`masks[${at}]`, mask));
  tuning("", settings);
  if (settings.night) tuning("night.", settings.night);
  number("frames_per_second", "frames_per_second", settings.frames_per_second);
  if (settings.person) {
    for (const key of ["near", "far", "far_at"] as const) number(`person.${key}`, key, settings.person[key]);
    if (settings.person.far > settings.person.near) faults.push({ field: "person.far", kind: "far is larger" });
  }
  return faults;
}

/** What the recorder says of single fields in the hint of a refusal, such as `zones[0].name must not be empty.` */
export function refusedFields(hint: string): Map<string, string> {
  const found = new Map<string, string>();
  for (const [, field = "", words = ""] of hint.matchAll(/((?:night|person)\.\w+|zones\[\d+\]\.\w+|masks\[\d+\]|\w+) (must .*?\.)(?= \S+ must |$)/g)) found.set(field, words);
  return found;
}

/** As the recorder takes it: no blanks around names. */
export function tidy(settings: MotionSettings): MotionSettings {
  return { ...settings, zones: settings.zones.map((zone) => ({ ...zone, name: zone.name.trim() })) };
}

/** Whether two settings say the same. */
export function equal(one: unknown, other: unknown): boolean {
  if (typeof one !== "object" || typeof other !== "object" || one === null || other === null) return Object.is(one, other);
  const [keys, others] = [Object.keys(one), Object.keys(other)];
  return keys.length === others.length && keys.every((key) => equal((one as Record<string, unknown>)[key], (other as Record<string, unknown>)[key]));
}
