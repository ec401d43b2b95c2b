// From when to when to look for events, by the recorder's wall clock.
import { type Day, type Zone, shifted, two } from "../recorder/zone";

export const PRESETS = ["today", "yesterday", "night", "week"] as const;
export type Preset = (typeof PRESETS)[number];

/** A moment on the wall clock as a form writes it: `2026-11-21T18:00`. */
export type WallMoment = string;

export type Range =
  | { kind: "all" }
  | { kind: "preset"; preset: Preset }
  /** Either end may be open. */
  | { kind: "custom"; from: WallMoment | null; to: WallMoment | null };

/** Milliseconds since 1970; `from` belongs to it, `to` does not. `null`: open. */
export interface Instants {
  from: number | null;
  to: number | null;
}

/** What a range means at `now`. */
export function instantsOf(range: Range, zone: Zone, now: number): Instants {
  switch (range.kind) {
    case "all":
      return { from: null, to: null };
    case "preset":
      return presetInstants(range.preset, zone, now);
    case "custom":
      return { from: momentInstant(range.from, zone), to: momentInstant(range.to, zone) };
  }
}

function presetInstants(preset: Preset, zone: Zone, now: number): Instants {
  const today: Day = zone.wall(now);
  const midnight = (days: number) => zone.instant(shifted(today, days));
  switch (preset) {
    case "today":
      return { from: midnight(0), to: midnight(1) };
    case "yesterday":
      return { from: midnight(-1), to: midnight(0) };
    case "night":
      return { from: zone.instant(shifted(today, -1), 18), to: zone.instant(today, 8) };
    case "week":
      return { from: midnight(-6), to: midnight(1) };
  }
}

function momentInstant(moment: WallMoment | null, zone: Zone): number | null {
  const parts = moment === null ? null : PATTERN.exec(moment);
  if (!parts) return null;
  const [year, month, day, hour, minute] = parts.slice(1).map(Number) as [number, number, number, number, number];
  return zone.instant({ year, month, day }, hour, minute);
}

const PATTERN = /^(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d)/;

export function isMoment(moment: string): boolean {
  return PATTERN.test(moment);
}

/** The wall clock at an instant, as a form writes it. */
export function momentOf(instant: number, zone: Zone): WallMoment {
  const { year, month, day, hour, minute } = zone.wall(instant);
  return `${year}-${two(month)}-${two(day)}T${two(hour)}:${two(minute)}`;
}
