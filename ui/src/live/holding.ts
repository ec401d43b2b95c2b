// A button held down moves a camera: short moves, one after the other, and a stop when it is let go. One request at a
// time, so that the stop is never overtaken by a move. Should we vanish, the last move ends by itself. Pure.
import type { Movement } from "../recorder/wire";

export type Way = "left" | "right" | "up" | "down" | "closer" | "away";

export type Input =
  | { kind: "press"; way: Way }
  | { kind: "release" }
  /** The time for the next move has come. */
  | { kind: "due" }
  /** The recorder answered the last command. */
  | { kind: "answered" }
  /** It refused, or was silent. */
  | { kind: "failed" };

export interface Holding {
  held: Way | null;
  /** Whether an answer is awaited. */
  waiting: boolean;
  /** Whether the camera may be moving because of us. */
  moving: boolean;
  /** Whether the next move may be sent. */
  due: boolean;
}

export const STILL: Holding = { held: null, waiting: false, moving: false, due: true };

/** How often a move is repeated; each lasts longer than that, so that the camera does not stutter. */
export const REPEAT_MS = 300;
const MOVE_S = 0.8;
/** A touch that cannot be held: one move of its own. */
const NUDGE_S = 0.4;
/** Of the fastest the camera can. */
const SPEED = 0.6;

/** Takes one input; gives what is so then, and what to tell the camera. */
export function step(holding: Holding, input: Input): { holding: Holding; command: Movement | null } {
  switch (input.kind) {
    case "press":
      return next({ ...holding, held: input.way, due: holding.held === input.way ? holding.due : true });
    case "release":
      return next({ ...holding, held: null });
    case "due":
      return next({ ...holding, due: true });
    case "answered":
      return next({ ...holding, waiting: false });
    case "failed":
      // To go on would only fail again and again; what moves stops by itself.
      return { holding: STILL, command: null };
  }
}

function next(holding: Holding): { holding: Holding; command: Movement | null } {
  if (holding.waiting) return { holding, command: null };
  if (holding.held !== null && holding.due) {
    return { holding: { ...holding, waiting: true, moving: true, due: false }, command: moveOf(holding.held, MOVE_S) };
  }
  if (holding.held === null && holding.moving) return { holding: { ...STILL, waiting: true }, command: { stop: true } };
  return { holding, command: null };
}

export function nudge(way: Way): Movement {
  return moveOf(way, NUDGE_S);
}

function moveOf(way: Way, seconds: number): Movement {
  const move = { pan: 0, tilt: 0, zoom: 0, seconds };
  switch (way) {
    case "left":
      return { ...move, pan: -SPEED };
    case "right":
      return { ...move, pan: SPEED };
    case "up":
      return { ...move, tilt: SPEED };
    case "down":
      return { ...move, tilt: -SPEED };
    case "closer":
      return { ...move, zoom: SPEED };
    case "away":
      return { ...move, zoom: -SPEED };
  }
}
