// The events that fit a query: loaded page by page, newest first, and kept up to date by what the
// recorder tells. New ones wait while somebody looks further down, so that nothing moves under the eye.
import { told } from "../recorder/api";
import type { Recorder } from "../recorder/recorder";
import type { Event, EventPage } from "../recorder/wire";
import { Watchable } from "../watchable";
import { type EventQuery, askOf, filterOf, fits } from "./query";
import { instantsOf } from "./ranges";

export interface Listed {
  events: readonly Event[];
  /** New ones not shown yet. */
  waiting: readonly Event[];
  /** How many fit altogether; `null` before the first page. */
  total: number | null;
  state: "loading" | "more" | "all" | "failed";
  failure: string | null;
}

const PAGE = 60;

export class EventList {
  readonly view = new Watchable<Listed>({ events: [], waiting: [], total: null, state: "more", failure: null });
  /** Where the page was scrolled to when it was left, in pixels. */
  scrolledTo = 0;
  /** Whether new events may be shown at once; the page says so. */
  atTop = true;
  private cursor: string | null = null;
  private loading: Promise<void> | null = null;
  private readonly stops: (() => void)[];

  constructor(
    private readonly recorder: Recorder,
    readonly query: EventQuery,
    private readonly pageSize = PAGE,
  ) {
    this.stops = [
      recorder.onEvent((event) => this.heard(event)),
      recorder.onDeleted((id) => this.drop(id)),
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
    this.view.set({ ...view, events: merged(view.events, view.waiting), waiting: [] });
  }

  private async load(): Promise<void> {
    this.put({ state: "loading", failure: null });
    const { cursor } = this;
    try {
      const page = await this.ask(cursor);
      if (this.cursor !== cursor) return this.loadNext();
      this.cursor = page.next;
      const view = this.view.get();
      this.put({ events: merged(view.events, page.events), total: page.total, state: page.next === null ? "all" : "more" });
    } catch (error) {
      if (this.cursor !== cursor) return this.loadNext();
      this.put({ state: "failed", failure: told(error) });
    }
  }

  /** The list began anew while a page of the old one was on its way. */
  private loadNext(): Promise<void> {
    return this.view.get().state === "all" ? Promise.resolve() : this.load();
  }

  private ask(cursor: string | null) {
    const { recorder } = this;
    const instants = instantsOf(this.query.range, recorder.zone.get(), recorder.now());
    return recorder.api.events(askOf(this.query, instants, cursor, this.pageSize));
  }

  /** Looks at the first page again, for what was missed. */
  private async catchUp(): Promise<void> {
    const before = idsOf(this.all());
    // What the recorder tells while the page is on its way is newer than the page.
    const since = new Set<string>();
    const stops = [this.recorder.onEvent(({ id }) => since.add(id)), this.recorder.onDeleted((id) => since.add(id))];
    try {
      if (this.view.get().state === "failed") await this.loadMore();
      this.match(await this.ask(null), before, since);
    } catch {
      // The next return of the recorder comes by here again.
    } finally {
      for (const stop of stops) stop();
    }
  }

  /** Makes the list what the first page says, except for what was told `since`; `before` was listed when it was asked. */
  private match(page: EventPage, before: ReadonlySet<string>, since: ReadonlySet<string>): void {
    const onPage = idsOf(page.events);
    const oldest = page.events.at(-1);
    // Where starts are equal to the millisecond, the recorder may know better what comes first.
    const covered = (event: Event) => page.next === null || !oldest || Date.parse(event.start) > Date.parse(oldest.start);
    const news = page.events.filter((event) => !since.has(event.id));
    if (page.events.some((event) => before.has(event.id))) {
      for (const { id } of this.all().filter((event) => covered(event) && !onPage.has(event.id) && !since.has(event.id))) this.drop(id);
      for (const event of news.reverse()) this.heard(event);
    } else {
      // More came than fits on a page: between it and the old list there is a hole.
      const told = this.all().filter((event) => since.has(event.id) && covered(event));
      this.cursor = page.next;
      this.put({ events: merged(told, news), waiting: [], state: page.next === null ? "all" : "more", failure: null });
    }
    this.put({ total: page.total });
  }

  private all(): Event[] {
    const { events, waiting } = this.view.get();
    return [...events, ...waiting];
  }

  private heard(event: Event): void {
    const view = this.view.get();
    const known = (one: Event) => one.id === event.id;
    const fitting = fits(this.query, event, this.recorder.zone.get(), this.recorder.now());
    if (view.events.some(known)) {
      if (fitting) this.put({ events: view.events.map((one) => (known(one) ? event : one)) });
      else this.drop(event.id);
      return;
    }
    if (!fitting) return;
    if (view.waiting.some(known)) {
      this.put({ waiting: view.waiting.map((one) => (known(one) ? event : one)) });
      return;
    }
    // Older than all that is loaded: a later page brings it.
    const oldest = view.events.at(-1);
    if (view.state !== "all" && oldest && newestFirst(event, oldest) > 0) return;
    const newest = view.events[0];
    const isNew = !newest || newestFirst(event, newest) < 0;
    const total = (view.total ?? 0) + 1;
    if (this.atTop || !isNew) this.put({ events: merged(view.events, [event]), total });
    else this.put({ waiting: merged(view.waiting, [event]), total });
  }

  private drop(id: string): void {
    const view = this.view.get();
    const events = view.events.filter((event) => event.id !== id);
    const waiting = view.waiting.filter((event) => event.id !== id);
    const gone = view.events.length - events.length + view.waiting.length - waiting.length;
    if (gone > 0) this.put({ events, waiting, total: Math.max(0, (view.total ?? gone) - gone) });
  }

  private put(change: Partial<Listed>): void {
    this.view.set({ ...this.view.get(), ...change });
  }
}

function idsOf(events: readonly Event[]): Set<string> {
  return new Set(events.map((event) => event.id));
}

function newestFirst(a: Event, b: Event): number {
  return Date.parse(b.start) - Date.parse(a.start) || (a.id < b.id ? 1 : a.id > b.id ? -1 : 0);
}

function merged(events: readonly Event[], more: readonly Event[]): Event[] {
  const known = idsOf(events);
  return [...events, ...more.filter((event) => !known.has(event.id))].sort(newestFirst);
}

/** Remembers the last list, so that Back finds it as it was left. */
export class ListMemory {
  private last: EventList | null = null;

  constructor(private readonly recorder: Recorder) {}

  listFor(query: EventQuery): EventList {
    if (this.last && filterOf(this.last.query) === filterOf(query)) return this.last;
    this.last?.close();
    this.last = new EventList(this.recorder, query);
    return this.last;
  }

  /** For when another user may sign in. */
  forget(): void {
    this.last?.close();
    this.last = null;
  }
}
