// Which events to show: as the address bar keeps it, and as the recorder is asked for it.
import type { Zone } from "../recorder/zone";
import type { Event } from "../recorder/wire";
import { type Instants, type Range, PRESETS, type Preset, instantsOf, isMoment } from "./ranges";

export interface EventQuery {
  /** Empty: all cameras. */
  cameras: readonly string[];
  range: Range;
  keptOnly: boolean;
}

/** Reads the part of an address after `?`; what it does not understand it leaves out. */
export function queryOf(filter: string): EventQuery {
  const found = new URLSearchParams(filter);
  return { cameras: [...new Set(found.getAll("camera"))], range: rangeOf(found), keptOnly: found.get("kept") === "1" };
}

function rangeOf(found: URLSearchParams): Range {
  const preset = found.get("range");
  if (PRESETS.includes(preset as Preset)) return { kind: "preset", preset: preset as Preset };
  const moment = (name: string) => {
    const value = found.get(name);
    return value !== null && isMoment(value) ? value : null;
  };
  const from = moment("from");
  const to = moment("to");
  return from === null && to === null ? { kind: "all" } : { kind: "custom", from, to };
}

/** The part of an address after `?`; `queryOf` reads it back. */
export function filterOf(query: EventQuery): string {
  const filter = new URLSearchParams();
  for (const camera of query.cameras) filter.append("camera", camera);
  if (query.range.kind === "preset") filter.set("range", query.range.preset);
  if (query.range.kind === "custom") {
    if (query.range.from) filter.set("from", query.range.from);
    if (query.range.to) filter.set("to", query.range.to);
  }
  if (query.keptOnly) filter.set("kept", "1");
  return filter.toString();
}

/** How the recorder is asked for one page. */
export function askOf(query: EventQuery, instants: Instants, cursor: string | null, limit: number): URLSearchParams {
  const ask = new URLSearchParams();
  for (const camera of query.cameras) ask.append("camera", camera);
  if (instants.from !== null) ask.set("from", new Date(instants.from).toISOString());
  if (instants.to !== null) ask.set("to", new Date(instants.to).toISOString());
  if (query.keptOnly) ask.set("kept", "true");
  if (cursor !== null) ask.set("cursor", cursor);
  ask.set("limit", String(limit));
  return ask;
}

/** Whether an event the recorder has just told of belongs into the list. */
export function fits(query: EventQuery, event: Event, zone: Zone, now: number): boolean {
  const { from, to } = instantsOf(query.range, zone, now);
  const start = Date.parse(event.start);
  // As the recorder does: what reaches past `from`, though it began before, belongs to it.
  const end = event.end === null ? Infinity : Date.parse(event.end);
  return (
    (query.cameras.length === 0 || query.cameras.includes(event.camera)) &&
    (!query.keptOnly || event.kept) &&
    (from === null || end > from || start >= from) &&
    (to === null || start < to)
  );
}
