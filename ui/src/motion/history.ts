// What was done, so that it can be undone. Knows nothing of what it keeps.

export interface History<State> {
  readonly past: readonly State[];
  readonly present: State;
  readonly future: readonly State[];
  /** The gesture that made `present`; `null` once it is over. */
  readonly gesture: string | null;
}

/** Steps that can be undone; enough for an evening, and little to keep. */
export const MOST_STEPS = 200;

export function begun<State>(present: State): History<State> {
  return { past: [], present, future: [], gesture: null };
}

/** `gesture`: the steps of one (a drag, a key held down) are undone as one; `null` is a step of its own. */
export function done<State>(history: History<State>, present: State, gesture: string | null = null): History<State> {
  if (Object.is(present, history.present)) return history;
  const goesOn = gesture !== null && gesture === history.gesture;
  const past = goesOn ? history.past : [...history.past, history.present].slice(-MOST_STEPS);
  return { past, present, future: [], gesture };
}

export function undone<State>(history: History<State>): History<State> {
  const before = history.past.at(-1);
  if (before === undefined) return history;
  return { past: history.past.slice(0, -1), present: before, future: [history.present, ...history.future], gesture: null };
}

export function redone<State>(history: History<State>): History<State> {
  const [next, ...future] = history.future;
  if (next === undefined) return history;
  return { past: [...history.past, history.present], present: next, future, gesture: null };
}
