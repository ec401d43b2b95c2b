// What fits a query: loaded page by page, newest first, and kept up to date by what the recorder tells. New
// ones wait while somebody looks further down, so that nothing moves under the eye.
import { told } from "./recorder/api";
import type { Recorder } from "./recorder/recorder";
import { Watchable } from "./watchable";

export interface Listed<Item> {
  items: readonly Item[];
  /** New ones not shown yet. */
  waiting: readonly Item[];
  /** How many fit altogether; `null` before the first page. */
  total: number | null;
  state: "loading" | "more" | "all" | "failed";
  failure: string | null;
}

export interface Page<Item> {
  items: Item[];
  /** Where the next page begins; `null` on the last. */
  next: string | null;
  total: number;
}

/** Tells a listing of one item that is new or changed, or gone. */
export interface Ear<Item, Id> {
  heard(item: Item): void;
  gone(id: Id): void;
}

/** What a listing has to know of its items. */
export interface Source<Item extends { id: Id }, Id extends string | number> {
  ask(cursor: string | null): Promise<Page<Item>>;
  /** `null`: only the recorder can tell. */
  fits(item: Item): boolean | null;
  /** Milliseconds since 1970; the newest comes first. */
  moment(item: Item): number;
  /** Begins to listen; the answer ends it. */
  listen(ear: Ear<Item, Id>): () => void;
}

export class Listing<Item extends { id: Id }, Id extends string | number> {
  readonly view = new Watchable<Listed<Item>>({ items: [], waiting: [], total: null, state: "more", failure: null });
  /** Where the page was scrolled to when it was left, in pixels. */
  scrolledTo = 0;
  /** Whether new ones may be shown at once; the page says so. */
  atTop = true;
  private cursor: string | null = null;
  private loading: Promise<void> | null = null;
  private checking = false;
  private unchecked = false;
  private readonly stops: (() => void)[];

  constructor(
    recorder: Recorder,
    private readonly source: Source<Item, Id>,
  ) {
    this.stops = [
      source.listen({ heard: (item) => this.heard(item), gone: (id) => this.drop(id) }),
      recorder.onCaughtUp(() => void this.catchUp()),
    ];
    void this.loadMore();
  }

  close(): void {
    for (const stop of this.stops) stop();
  }

  /** Loads the next page, unless it is being loaded or there is none. */
  loadMore(): Promise<void> {
    const { state } = this.view.get();
    if (state === "all") return Promise.resolve();
    this.loading ??= this.load().finally(() => (this.loading = null));
    return this.loading;
  }

  /** Shows what came in meanwhile. */
  showWaiting(): void {
    const view = this.view.get();
    this.view.set({ ...view, items: this.merged(view.items, view.waiting), waiting: [] });
  }

  private async load(): Promise<void> {
    this.put({ state: "loading", failure: null });
    const { cursor } = this;
    try {
      const page = await this.source.ask(cursor);
      if (this.cursor !== cursor) return this.loadNext();
      this.cursor = page.next;
      const view = this.view.get();
      this.put({ items: this.merged(view.items, page.items), total: page.total, state: page.next === null ? "all" : "more" });
    } catch (error) {
      if (this.cursor !== cursor) return this.loadNext();
      this.put({ state: "failed", failure: told(error) });
    }
  }

  /** The list began anew while a page of the old one was on its way. */
  private loadNext(): Promise<void> {
    return this.view.get().state === "all" ? Promise.resolve() : this.load();
  }

  /** Looks at the first page again, for what was missed. */
  private async catchUp(): Promise<void> {
    const before = idsOf(this.all());
    // What the recorder tells while the page is on its way is newer than the page.
    const since = new Set<Id>();
    const stop = this.source.listen({ heard: ({ id }) => since.add(id), gone: (id) => since.add(id) });
    try {
      if (this.view.get().state === "failed") await this.loadMore();
      this.match(await this.source.ask(null), before, since);
    } catch {
      // The next return of the recorder comes by here again.
    } finally {
      stop();
    }
  }

  /** Makes the list what the first page says, except for what was told `since`; `before` was listed when it was asked. */
  private match(page: Page<Item>, before: ReadonlySet<Id>, since: ReadonlySet<Id>): void {
    const onPage = idsOf(page.items);
    const oldest = page.items.at(-1);
    // Where starts are equal to the millisecond, the recorder may know better what comes first.
    const covered = (item: Item) => page.next === null || !oldest || this.source.moment(item) > this.source.moment(oldest);
    const news = page.items.filter((item) => !since.has(item.id));
    if (page.items.some((item) => before.has(item.id))) {
      for (const { id } of this.all().filter((item) => covered(item) && !onPage.has(item.id) && !since.has(item.id))) this.drop(id);
      for (const item of news.reverse()) this.place(item, true);
    } else {
      // More came than fits on a page: between it and the old list there is a hole.
      const told = this.all().filter((item) => since.has(item.id) && covered(item));
      this.cursor = page.next;
      this.put({ items: this.merged(told, news), waiting: [], state: page.next === null ? "all" : "more", failure: null });
    }
    this.put({ total: page.total });
  }

  private all(): Item[] {
    const { items, waiting } = this.view.get();
    return [...items, ...waiting];
  }

  private heard(item: Item): void {
    const fitting = this.source.fits(item);
    if (fitting !== null) return this.place(item, fitting);
    // What is listed is shown as it is now, until it is known whether it belongs there.
    if (this.all().some(({ id }) => id === item.id)) this.place(item, true);
    void this.check();
  }

  /** Asks the recorder what belongs into the list; once at a time, and once more for what came meanwhile. */
  private async check(): Promise<void> {
    this.unchecked = true;
    if (this.checking) return;
    this.checking = true;
    while (this.unchecked) {
      this.unchecked = false;
      await this.catchUp();
    }
    this.checking = false;
  }

  private place(item: Item, fitting: boolean): void {
    const view = this.view.get();
    const known = (one: Item) => one.id === item.id;
    if (view.items.some(known)) {
      if (fitting) this.put({ items: view.items.map((one) => (known(one) ? item : one)) });
      else this.drop(item.id);
      return;
    }
    if (!fitting) return;
    if (view.waiting.some(known)) {
      this.put({ waiting: view.waiting.map((one) => (known(one) ? item : one)) });
      return;
    }
    // Older than all that is loaded: a later page brings it.
    const oldest = view.items.at(-1);
    if (view.state !== "all" && oldest && this.newestFirst(item, oldest) > 0) return;
    const newest = view.items[0];
    const isNew = !newest || this.newestFirst(item, newest) < 0;
    const total = (view.total ?? 0) + 1;
    if (this.atTop || !isNew) this.put({ items: this.merged(view.items, [item]), total });
    else this.put({ waiting: this.merged(view.waiting, [item]), total });
  }

  private drop(id: Id): void {
    const view = this.view.get();
    const items = view.items.filter((item) => item.id !== id);
    const waiting = view.waiting.filter((item) => item.id !== id);
    const gone = view.items.length - items.length + view.waiting.length - waiting.length;
    if (gone > 0) this.put({ items, waiting, total: Math.max(0, (view.total ?? gone) - gone) });
  }

  private put(change: Partial<Listed<Item>>): void {
    this.view.set({ ...this.view.get(), ...change });
  }

  private newestFirst(a: Item, b: Item): number {
    return this.source.moment(b) - this.source.moment(a) || (a.id < b.id ? 1 : a.id > b.id ? -1 : 0);
  }

  private merged(items: readonly Item[], more: readonly Item[]): Item[] {
    const known = idsOf(items);
    return [...items, ...more.filter((item) => !known.has(item.id))].sort((a, b) => this.newestFirst(a, b));
  }
}

function idsOf<Id>(items: readonly { id: Id }[]): Set<Id> {
  return new Set(items.map((item) => item.id));
}

/** Remembers the last list, so that Back finds it as it was left. */
export class ListMemory<Query, List extends { readonly query: Query; close(): void }> {
  private last: List | null = null;

  constructor(
    private readonly make: (query: Query) => List,
    /** The query as the address bar keeps it. */
    private readonly written: (query: Query) => string,
  ) {}

  listFor(query: Query): List {
    if (this.last && this.written(this.last.query) === this.written(query)) return this.last;
    this.last?.close();
    this.last = this.make(query);
    return this.last;
  }

  /** For when another user may sign in. */
  forget(): void {
    this.last?.close();
    this.last = null;
  }
}
