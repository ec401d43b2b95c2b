import assert from "node:assert/strict";
import { test } from "node:test";
import type { Recorder } from "../recorder/recorder";
import type { Event, EventPage } from "../recorder/wire";
import { Zone } from "../recorder/zone";
import { Watchable } from "../watchable";
import { EventList } from "./list";
import { EVERYTHING, type EventQuery } from "./query";

const NOW = Date.UTC(2026, 10, 21, 12);

/** An event of so many minutes after ten; its name is that number. */
function event(minute: number): Event {
  const start = new Date(Date.UTC(2026, 10, 21, 10, minute)).toISOString();
  return { id: String(minute), camera: "door", start, triggered: start, end: start, ended: "quiet", kinds: ["motion"], kept: false, snapshot: true, duration: 10, pre_roll: 0, photos: 0, objects: [], recognition: "off" };
}

/** A recorder with these events, by their minutes, that answers page by page. */
class House {
  minutes: number[] = [];
  /** How many pages were asked for. */
  asked = 0;
  /** Called after the page was read and before it is answered. */
  onTheWay: () => void = () => undefined;
  private readonly told = new Set<(event: Event) => void>();
  private readonly deleted = new Set<(id: string) => void>();
  private readonly returned = new Set<() => void>();

  static with(...minutes: number[]): House {
    const house = new House();
    house.minutes = minutes;
    return house;
  }

  list(query: EventQuery = EVERYTHING): EventList {
    const on = <T>(listeners: Set<T>) => (one: T) => {
      listeners.add(one);
      return () => listeners.delete(one);
    };
    const recorder = {
      zone: new Watchable(new Zone("UTC", "")),
      now: () => NOW,
      onEvent: on(this.told),
      onDeleted: on(this.deleted),
      onCaughtUp: on(this.returned),
      api: { events: (ask: URLSearchParams) => this.page(ask) },
    };
    return new EventList(recorder as unknown as Recorder, query, 3);
  }

  tell(minute: number): void {
    for (const listener of [...this.told]) listener(event(minute));
  }

  tellDeleted(minute: number): void {
    for (const listener of [...this.deleted]) listener(String(minute));
  }

  async comeBack(): Promise<void> {
    for (const listener of [...this.returned]) listener();
    await settled();
  }

  private async page(ask: URLSearchParams): Promise<EventPage> {
    this.asked += 1;
    const cursor = ask.get("cursor");
    const limit = Number(ask.get("limit"));
    const rest = [...this.minutes].sort((a, b) => b - a).filter((minute) => cursor === null || minute < Number(cursor));
    const page = rest.slice(0, limit);
    const answer = { events: page.map(event), next: rest.length > limit ? String(page.at(-1)) : null, total: this.minutes.length };
    await Promise.resolve();
    this.onTheWay();
    return answer;
  }
}

function settled(): Promise<void> {
  return new Promise((done) => setTimeout(done, 0));
}

function shown(list: EventList): number[] {
  return list.view.get().items.map(({ id }) => Number(id));
}

function waiting(list: EventList): number[] {
  return list.view.get().waiting.map(({ id }) => Number(id));
}

test("an absence leaves no ghosts of what was deleted meanwhile", async () => {
  const house = House.with(1, 2, 3, 4, 5);
  const list = house.list();
  await settled();
  await list.loadMore();
  house.minutes = [1, 2, 3, 5, 6];
  await house.comeBack();
  assert.deepEqual(shown(list), [6, 5, 3, 2, 1]);
  assert.equal(list.view.get().total, 5);
});

test("the last event deleted meanwhile leaves an empty list", async () => {
  const house = House.with(1);
  const list = house.list();
  await settled();
  house.minutes = [];
  await house.comeBack();
  assert.deepEqual(shown(list), []);
  assert.equal(list.view.get().state, "all");
});

test("more than a page meanwhile begins the list anew, and it can be read to its end", async () => {
  const house = House.with(1, 2, 3, 4);
  const list = house.list();
  await settled();
  await list.loadMore();
  house.minutes = [1, 2, 3, 4, 5, 6, 7, 8, 9];
  await house.comeBack();
  assert.deepEqual(shown(list), [9, 8, 7]);
  await list.loadMore();
  await list.loadMore();
  assert.deepEqual(shown(list), [9, 8, 7, 6, 5, 4, 3, 2, 1]);
  assert.equal(list.view.get().state, "all");
});

test("a page of the old list that comes late makes no hole", async () => {
  const house = House.with(1, 2, 3, 4, 5, 6, 7);
  const list = house.list();
  await settled();
  house.minutes = [1, 2, 3, 4, 5, 6, 7, 11, 12, 13, 14, 15, 16];
  const back = house.comeBack();
  const late = list.loadMore();
  await Promise.all([back, late]);
  while (list.view.get().state === "more") await list.loadMore();
  assert.deepEqual(shown(list), [16, 15, 14, 13, 12, 11, 7, 6, 5, 4, 3, 2, 1]);
});

test("nothing moves under the eye: what came in an absence waits", async () => {
  const house = House.with(1, 2, 3);
  const list = house.list();
  await settled();
  list.atTop = false;
  house.minutes = [1, 2, 3, 4, 5];
  await house.comeBack();
  assert.deepEqual(shown(list), [3, 2, 1]);
  assert.deepEqual(waiting(list), [5, 4]);
  house.minutes = [1, 2, 3, 5];
  await house.comeBack();
  assert.deepEqual(waiting(list), [5]);
});

test("what is told while the page is on its way is newer than the page", async () => {
  const house = House.with(1, 2, 3);
  const list = house.list();
  await settled();
  house.onTheWay = () => {
    house.tell(4);
    house.tellDeleted(2);
  };
  await house.comeBack();
  assert.deepEqual(shown(list), [4, 3, 1]);
});

test("of zones and words only the recorder knows whether an event fits, so it is asked; once for what comes at once", async () => {
  const house = House.with(1, 2, 3);
  const list = house.list({ ...EVERYTHING, zone: "drive" });
  await settled();
  // The recorder finds 5 in the drive, and 2 no longer; 4 is elsewhere.
  house.minutes = [1, 3, 5];
  for (const minute of [2, 4, 5]) house.tell(minute);
  assert.deepEqual(shown(list), [3, 2, 1]);
  await settled();
  assert.deepEqual(shown(list), [5, 3, 1]);
  assert.deepEqual([house.asked, list.view.get().total], [3, 3]);
});

test("what does not fit anyhow is not asked about", async () => {
  const house = House.with(1);
  const list = house.list({ ...EVERYTHING, text: "drive", cameras: ["yard"] });
  await settled();
  house.tell(2);
  await settled();
  assert.deepEqual(shown(list), [1]);
  assert.equal(house.asked, 1);
});
