// Where the things of an event were at a moment of its clip.
import type { Box, Event, Trace } from "../recorder/wire";

/** Milliseconds that a box stays before and after its thing was seen. */
const LINGER_MS = 250;
/** Between places further apart than this, nobody knows where it was; in milliseconds. */
const LONGEST_GAP_MS = 2_000;

export interface Seen {
  number: number;
  /** What it was recognised as; `null`: something that moved. */
  label: string | null;
  box: Box;
  /** Where its feet have been so far: x and y, as shares of the picture. */
  path: readonly (readonly [number, number])[];
}

/** A clip begins at the key picture before its event; how much earlier that is, in seconds. */
export function keyPicture(event: Event, whole: number): number {
  const earlier = event.end === null ? 0 : whole - event.duration;
  return earlier > 0 && earlier < 15 ? earlier : 0;
}

/** When the clip begins, in milliseconds since 1970. */
export function clipStart(event: Event, whole: number): number {
  return Date.parse(event.start) - keyPicture(event, whole) * 1000;
}

/** What is to be seen at `instant`, milliseconds since 1970. */
export function seenAt(traces: readonly Trace[], instant: number): Seen[] {
  return traces.flatMap(({ number, label, places }) => {
    const timed = places.map(({ at, box }) => ({ at: Date.parse(at), box }));
    const box = boxAt(timed, instant);
    const so = timed.filter(({ at }) => at <= instant).map(({ box: one }) => feet(one));
    return box ? [{ number, label, box, path: [...so, feet(box)] }] : [];
  });
}

export function zonesOf(traces: readonly Trace[]): string[] {
  return [...new Set(traces.flatMap(({ zones }) => zones))];
}

interface Timed {
  at: number;
  box: Box;
}

function boxAt(places: readonly Timed[], instant: number): Box | null {
  const after = places.findIndex(({ at }) => at > instant);
  const before = places[after < 0 ? places.length - 1 : after - 1];
  const next = after < 0 ? undefined : places[after];
  if (before && next && next.at - before.at <= LONGEST_GAP_MS) {
    const share = (instant - before.at) / (next.at - before.at);
    return before.box.map((one, side) => one + (next.box[side]! - one) * share) as unknown as Box;
  }
  if (before && instant - before.at <= LINGER_MS) return before.box;
  if (next && next.at - instant <= LINGER_MS) return next.box;
  return null;
}

function feet([left, top, width, height]: Box): readonly [number, number] {
  return [left + width / 2, top + height];
}
