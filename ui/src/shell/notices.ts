// What the page has to say by the way: short messages to see, and sentences to hear.
import type { Deletion } from "../events/undo";
import { Watchable } from "../watchable";

export interface Toast {
  key: number;
  text: string;
  bad: boolean;
  /** A link to be copied by hand, where the browser would not copy it. */
  link?: string;
}

const SHOWN_MS = 6_000;

export class Notices {
  readonly toasts = new Watchable<readonly Toast[]>([]);
  /** Deletions that can be taken back; `events/deleting.ts` keeps it. */
  readonly deletions = new Watchable<readonly Deletion[]>([]);
  /** The last sentence for those who listen. */
  readonly spoken = new Watchable("");
  private nextKey = 1;

  good(text: string): void {
    this.show({ text, bad: false });
  }

  bad(text: string): void {
    this.show({ text, bad: true });
  }

  /** Stays until it is closed. */
  link(text: string, link: string): void {
    this.toasts.set([...this.toasts.get(), { key: this.nextKey++, text, bad: false, link }]);
  }

  say(sentence: string): void {
    this.spoken.set(sentence);
  }

  close(key: number): void {
    this.toasts.set(this.toasts.get().filter((toast) => toast.key !== key));
  }

  private show(toast: Omit<Toast, "key">): void {
    const key = this.nextKey++;
    this.toasts.set([...this.toasts.get().filter((other) => other.text !== toast.text), { ...toast, key }].slice(-4));
    window.setTimeout(() => this.close(key), SHOWN_MS);
  }
}
