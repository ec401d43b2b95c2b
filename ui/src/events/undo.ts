// Deletions that can still be taken back. The recorder hides an event at once and forgets it a minute
// later; we offer Undo for the first ten seconds of that. Pure: `now` is an argument, in milliseconds.

export const UNDO_MS = 10_000;

export interface Deletion {
  /** Tells it apart from the others. */
  key: number;
  ids: readonly string[];
  until: number;
}

export interface UndoQueue {
  open: readonly Deletion[];
  nextKey: number;
}

export const EMPTY: UndoQueue = { open: [], nextKey: 1 };

export function deleted(queue: UndoQueue, ids: readonly string[], now: number): UndoQueue {
  if (ids.length === 0) return queue;
  const deletion = { key: queue.nextKey, ids, until: now + UNDO_MS };
  return { open: [...expired(queue, now).open, deletion], nextKey: queue.nextKey + 1 };
}

/** Takes one back; `restore` are the events to bring back: none when it is too late. */
export function undone(queue: UndoQueue, key: number, now: number): { queue: UndoQueue; restore: readonly string[] } {
  const rest = expired(queue, now);
  const found = rest.open.find((deletion) => deletion.key === key);
  return { queue: { ...rest, open: rest.open.filter((deletion) => deletion !== found) }, restore: found?.ids ?? [] };
}

/** Without those whose time is over. */
export function expired(queue: UndoQueue, now: number): UndoQueue {
  const open = queue.open.filter((deletion) => now < deletion.until);
  return open.length === queue.open.length ? queue : { ...queue, open };
}

/** When the next `expired` is due. */
export function wakeAt(queue: UndoQueue): number | null {
  return queue.open.length === 0 ? null : Math.min(...queue.open.map((deletion) => deletion.until));
}
