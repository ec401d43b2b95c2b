// A value that tells those who watch it when it changes.
import { useEffect, useState } from "preact/hooks";

export class Watchable<T> {
  private readonly watchers = new Set<() => void>();

  constructor(private value: T) {}

  get(): T {
    return this.value;
  }

  set(value: T): void {
    if (Object.is(value, this.value)) return;
    this.value = value;
    for (const watcher of [...this.watchers]) watcher();
  }

  /** Calls `watcher` after each change, until the returned function is called. */
  watch(watcher: () => void): () => void {
    this.watchers.add(watcher);
    return () => this.watchers.delete(watcher);
  }
}

/** The value now; the component is drawn again whenever it changes. */
export function useWatched<T>(watchable: Watchable<T>): T {
  const value = watchable.get();
  const [, draw] = useState({});
  useEffect(() => {
    if (!Object.is(watchable.get(), value)) draw({}); // It changed between drawing and watching.
    return watchable.watch(() => draw({}));
  }, [watchable]);
  return value;
}
