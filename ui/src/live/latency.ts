// Keeps a live picture close to now. Pure: the numbers are those measured best (0.12 s behind the newest
// picture costs no stutter; seeking only for what speeding up would take too long to mend).

/** Stretches of media that are there to be played, in seconds, as `SourceBuffer.buffered` tells them. */
export interface Stretch {
  start: number;
  end: number;
}

/** What a browser lets us do about being late. */
export type Means = "rate and seek" | "seek only";

export type Steering =
  | { kind: "wait" }
  /** Go to this second of the media. */
  | { kind: "jump"; to: number }
  /** Play this much faster or slower. */
  | { kind: "rate"; rate: number };

/** How close to the newest picture to play, in seconds behind it. */
export interface Closeness {
  /** Where to begin; less than that is not enough to begin with. */
  begin: number;
  /** Where to jump to. */
  target: number;
  /** Further behind than this, it plays a quarter faster. */
  fast: number;
  /** Further behind than this, it plays a little faster. */
  brisk: number;
  /** Closer than this, it plays a little slower. */
  slow: number;
}

export const SILENT: Closeness = { begin: 0.05, target: 0.12, fast: 0.37, brisk: 0.2, slow: 0.04 };
/** Sound comes after its picture, stutters where it runs out, and is not to be stretched all the time. */
export const WITH_SOUND: Closeness = { begin: 0.3, target: 0.3, fast: 0.9, brisk: 0.6, slow: 0.08 };

const JUMP = 1.5;
/** A hole the player will not step over by itself begins this close before it, in seconds. */
const EDGE = 0.1;

/** What to do when `at` is being shown. */
export function steer(at: number, buffered: readonly Stretch[], means: Means, closeness: Closeness): Steering {
  const last = buffered.at(-1);
  if (!last) return { kind: "wait" };
  const behind = last.end - at;
  const newest = Math.max(last.start, last.end - closeness.target);
  if (behind > JUMP) return { kind: "jump", to: newest };
  // Pictures the recorder left out for a slow line leave a hole; playing would stop before it.
  if (at < last.start && !canPlayOn(at, buffered)) return { kind: "jump", to: newest };
  if (behind < -EDGE) return { kind: "jump", to: newest };
  if (means === "seek only") return { kind: "wait" };
  if (behind > closeness.fast) return { kind: "rate", rate: 1.25 };
  if (behind > closeness.brisk) return { kind: "rate", rate: 1.08 };
  if (behind < closeness.slow) return { kind: "rate", rate: 0.95 };
  return { kind: "rate", rate: 1 };
}

function canPlayOn(at: number, buffered: readonly Stretch[]): boolean {
  return buffered.some((stretch) => at >= stretch.start && at < stretch.end - EDGE);
}

/** Where to begin to play, or `null` while there is too little. */
export function beginning(buffered: readonly Stretch[], { begin }: Closeness): number | null {
  const last = buffered.at(-1);
  if (!last || (begin > SILENT.begin && last.end - last.start < begin)) return null;
  return Math.max(last.start, last.end - begin);
}

/** How much old media to throw away: up to this second, or `null` for none yet. */
export function trimTo(at: number, buffered: readonly Stretch[]): number | null {
  const first = buffered[0];
  return first && at - first.start > KEEP_AT_MOST ? at - KEEP_AT_LEAST : null;
}

const KEEP_AT_MOST = 20;
const KEEP_AT_LEAST = 8;

/** After so many failures, the next try comes in so many milliseconds: 1, 2, 4, 8, 15, 15 … s. */
export function retryDelay(failures: number): number {
  return Math.min(15_000, 1_000 * 2 ** Math.max(0, failures - 1));
}
