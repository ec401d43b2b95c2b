// Which events (and photos) to show: as the address bar keeps it, and as the recorder is asked for it.
import type { Zone } from "../recorder/zone";
import type { Event } from "../recorder/wire";
import { type Instants, type Range, PRESETS, type Preset, instantsOf, isMoment } from "./ranges";

/** Where and when. */
export interface Scope {
  /** Empty: all cameras. */
  cameras: readonly string[];
  range: Range;
}

/** `ailment`: whatever was wrong with a camera. */
export const KIND_FILTERS = ["motion", "object", "sensor", "mqtt", "manual", "ailment"] as const;
export type KindFilter = (typeof KIND_FILTERS)[number];

export interface EventQuery extends Scope {
  /** `null`: all kinds. */
  kind: KindFilter | null;
  keptOnly: boolean;
  /** One of these was recognised; empty: anything, and nothing. */
  labels: readonly string[];
  /** Where something recognised was; `null`: anywhere. */
  zone: string | null;
  /** The sensor that had to do with it; `null`: any, and none. */
  sensor: string | null;
  /** Words that occur in what is known of an event; empty: any. */
  text: string;
}

export const EVERYTHING: EventQuery = { cameras: [], range: { kind: "all" }, kind: null, keptOnly: false, labels: [], zone: null, sensor: null, text: "" };

/** The recorder takes no longer text. */
export const LONGEST_TEXT = 100;

/** One space between words, and no more than the recorder takes. */
export function tidyText(text: string): string {
  return text.trim().replace(/\s+/g, " ").slice(0, LONGEST_TEXT).trim();
}

/** Reads the part of an address after `?`; what it does not understand it leaves out. */
export function queryOf(filter: string): EventQuery {
  const found = new URLSearchParams(filter);
  const kind = KIND_FILTERS.find((one) => one === found.get("kind")) ?? null;
  return {
    ...scopeOf(found),
    kind,
    keptOnly: found.get("kept") === "1",
    labels: [...new Set(found.getAll("label").filter((label) => label !== ""))],
    zone: found.get("zone") || null,
    sensor: found.get("sensor") || null,
    text: tidyText(found.get("text") ?? ""),
  };
}

export function scopeOf(found: URLSearchParams): Scope {
  return { cameras: [...new Set(found.getAll("camera"))], range: rangeOf(found) };
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
  const filter = filterOfScope(query);
  if (query.kind !== null) filter.set("kind", query.kind);
  if (query.keptOnly) filter.set("kept", "1");
  setSeen(filter, query);
  return filter.toString();
}

export function filterOfScope({ cameras, range }: Scope): URLSearchParams {
  const filter = new URLSearchParams();
  for (const camera of cameras) filter.append("camera", camera);
  if (range.kind === "preset") filter.set("range", range.preset);
  if (range.kind === "custom") {
    if (range.from) filter.set("from", range.from);
    if (range.to) filter.set("to", range.to);
  }
  return filter;
}

/** How the recorder is asked for one page. */
export function askOf(query: EventQuery, instants: Instants, cursor: string | null, limit: number): URLSearchParams {
  const ask = askOfScope(query.cameras, instants, cursor, limit);
  if (query.kind !== null) ask.set("kind", query.kind);
  if (query.keptOnly) ask.set("kept", "true");
  setSeen(ask, query);
  return ask;
}

function setSeen(search: URLSearchParams, { labels, zone, sensor, text }: EventQuery): void {
  for (const label of labels) search.append("label", label);
  if (zone !== null) search.set("zone", zone);
  if (sensor !== null) search.set("sensor", sensor);
  if (text !== "") search.set("text", text);
}

export function askOfScope(cameras: readonly string[], instants: Instants, cursor: string | null, limit: number): URLSearchParams {
  const ask = new URLSearchParams();
  for (const camera of cameras) ask.append("camera", camera);
  if (instants.from !== null) ask.set("from", new Date(instants.from).toISOString());
  if (instants.to !== null) ask.set("to", new Date(instants.to).toISOString());
  if (cursor !== null) ask.set("cursor", cursor);
  ask.set("limit", String(limit));
  return ask;
}

/**
 * Whether an event the recorder has just told of belongs into the list. `null`: only the recorder can tell,
 * for of zones and words an event itself says too little.
 */
export function fits(query: EventQuery, event: Event, zone: Zone, now: number): boolean | null {
  const { from, to } = instantsOf(query.range, zone, now);
  const start = Date.parse(event.start);
  // As the recorder does: what reaches past `from`, though it began before, belongs to it.
  const end = event.end === null ? Infinity : Date.parse(event.end);
  const fitting =
    (query.cameras.length === 0 || query.cameras.includes(event.camera)) &&
    (query.kind === null || event.kinds.some((kind) => kindFilterOf(kind) === query.kind)) &&
    (!query.keptOnly || event.kept) &&
    (from === null || end > from || start >= from) &&
    (to === null || start < to) &&
    (query.sensor === null || (event.sensors?.includes(query.sensor) ?? false)) &&
    (query.labels.length === 0 || event.objects.some(({ label }) => query.labels.includes(label)));
  return fitting && (query.zone !== null || query.text !== "") ? null : fitting;
}

/** Whatever neither happened nor was asked for is something wrong with the camera. */
function kindFilterOf(kind: string): KindFilter {
  return KIND_FILTERS.find((one) => one === kind) ?? "ailment";
}
