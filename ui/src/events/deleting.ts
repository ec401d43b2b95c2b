// Deletes, keeps and restores events, one or two hundred, and tells how it went.
import { told } from "../recorder/api";
import type { Recorder } from "../recorder/recorder";
import type { Notices } from "../shell/notices";
import { text } from "../text";
import { EMPTY, type UndoQueue, deleted, expired, undone, wakeAt } from "./undo";

/** Requests at a time: a browser opens no more than six connections anyway. */
const AT_ONCE = 6;

export class Deleting {
  private queue: UndoQueue = EMPTY;
  private timer: number | undefined;

  constructor(
    private readonly recorder: Recorder,
    private readonly notices: Notices,
  ) {}

  /** Deletes at once and offers Undo. */
  async remove(ids: readonly string[]): Promise<void> {
    const { done, failure, failed } = await eachOf(ids, async (id) => {
      await this.recorder.api.remove(id);
      this.recorder.tellDeleted(id);
    });
    this.put(deleted(this.queue, done, Date.now()));
    if (failed > 0) this.notices.bad(text.events.notRemoved(failed, told(failure)));
    if (done.length > 0) this.notices.say(text.events.removed(done.length));
  }

  async undo(key: number): Promise<void> {
    const { queue, restore } = undone(this.queue, key, Date.now());
    this.put(queue);
    const { done, failure, failed } = await eachOf(restore, async (id) => this.recorder.tell(await this.recorder.api.restore(id)));
    if (failed > 0) this.notices.bad(text.events.notRestored(failed, told(failure)));
    if (done.length > 0) this.notices.good(text.events.restored(done.length));
  }

  async keep(ids: readonly string[], kept: boolean): Promise<void> {
    const { done, failure, failed } = await eachOf(ids, async (id) => this.recorder.tell(await this.recorder.api.keep(id, kept)));
    if (failed > 0) this.notices.bad(text.events.notKept(failed, told(failure)));
    if (done.length > 0) this.notices.good(kept ? text.events.keptDone(done.length) : text.events.unkeptDone(done.length));
  }

  private put(queue: UndoQueue): void {
    this.queue = queue;
    this.notices.deletions.set(queue.open);
    clearTimeout(this.timer);
    const wake = wakeAt(queue);
    if (wake !== null) this.timer = window.setTimeout(() => this.put(expired(this.queue, Date.now())), Math.max(0, wake - Date.now()) + 1);
  }
}

interface Outcome {
  done: string[];
  failed: number;
  failure: unknown;
}

async function eachOf(ids: readonly string[], work: (id: string) => Promise<void>): Promise<Outcome> {
  const rest = [...ids];
  const outcome: Outcome = { done: [], failed: 0, failure: null };
  const worker = async () => {
    for (let id = rest.shift(); id !== undefined; id = rest.shift()) {
      try {
        await work(id);
        outcome.done.push(id);
      } catch (failure) {
        outcome.failed += 1;
        outcome.failure = failure;
      }
    }
  };
  await Promise.all(Array.from({ length: Math.min(AT_ONCE, ids.length) }, worker));
  return outcome;
}
