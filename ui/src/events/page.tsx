// The list of events, and one of them in a dialog over it.
import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import { isAtTop, useScrollOf } from "../listing_scroll";
import { MotionLanes } from "../levels/lanes";
import { useApp, useMayChange } from "../recorder/context";
import type { Event } from "../recorder/wire";
import { Icon } from "../shell/icons";
import { text } from "../text";
import { useWatched } from "../watchable";
import { Clip } from "./clip";
import { Filters } from "./filters";
import { Grid, showCard } from "./grid";
import { EVERYTHING, type EventQuery, filterOf, queryOf } from "./query";
import { NOTHING, type Selection, extended, remaining, toggled } from "./selection";

interface Props {
  filter: string;
  /** The event in the dialog, if any. */
  open: string | null;
}

export function EventsPage({ filter, open }: Props) {
  const { recorder, router, lists, deleting } = useApp();
  const zone = useWatched(recorder.zone);
  const mayChange = useMayChange();
  const query = useMemo(() => queryOf(filter), [filter]);
  const list = useMemo(() => lists.listFor(query), [query]);
  const { items: events, waiting, total, state, failure } = useWatched(list.view);
  const [selecting, setSelecting] = useState(false);
  const [chosen, setChosen] = useState<Selection>(NOTHING);
  const order = useMemo(() => events.map((event) => event.id), [events]);
  const selection = remaining(chosen, order);
  const active = selecting || selection.ids.size > 0;
  const lastOpen = useRef<string | null>(open);

  useScrollOf(list);

  // Nothing moves while somebody ticks.
  useEffect(() => {
    list.atTop = !active && isAtTop();
  }, [list, active]);

  useEffect(() => {
    if (open === null && lastOpen.current !== null) showCard(lastOpen.current, order.indexOf(lastOpen.current));
    lastOpen.current = open;
  }, [open]);

  const select = (event: Event, range: boolean) => setChosen(range ? extended(selection, order, event.id) : toggled(selection, event.id));
  const change = (next: EventQuery, inPlace = false) => {
    setChosen(NOTHING);
    const route = { page: "events", filter: filterOf(next) } as const;
    if (inPlace) router.replace(route);
    else router.go(route);
  };
  const done = () => {
    setSelecting(false);
    setChosen(NOTHING);
  };
  const browser = zone.foreignBrowser(recorder.now());
  const ids = [...selection.ids];
  const allKept = ids.length > 0 && events.every((event) => !selection.ids.has(event.id) || event.kept);

  return (
    <div class="events">
      <div class="page-head">
        <h1>{text.events.title}</h1>
        <span class="quiet" role="status" data-testid="count">
          {total === null ? "" : text.events.count(total)}
        </span>
        <span class="spring" />
        {mayChange && !active && events.length > 0 && (
          <button class="button" onClick={() => setSelecting(true)}>
            <Icon name="select" />
            {text.events.select}
          </button>
        )}
      </div>
      <Filters query={query} onChange={change} />
      <MotionLanes chosen={query.cameras} />
      {browser && <p class="quiet small zone-note">{text.time.foreign(zone.name, browser)}</p>}
      {waiting.length > 0 && (
        <button
          class="waiting"
          onClick={() => {
            list.showWaiting();
            window.scrollTo({ top: 0 });
          }}
        >
          {text.events.waiting(waiting.length)}
        </button>
      )}
      {events.length > 0 && (
        <Grid events={events} zone={zone} filter={filter} selecting={active} selection={selection} onSelect={mayChange ? select : null} onNearEnd={() => state === "more" && void list.loadMore()} />
      )}
      {events.length === 0 && state === "all" && (
        <div class="empty">
          <p class="quiet">{filter === "" ? text.events.none : text.events.noneFiltered}</p>
          {filterOf(query) !== "" && (
            <button class="button" onClick={() => change(EVERYTHING)}>
              {text.events.clear}
            </button>
          )}
        </div>
      )}
      {state === "loading" && <p class="quiet loading">{text.events.loading}</p>}
      {state === "failed" && (
        <p class="empty">
          {text.events.failed(failure ?? "")}{" "}
          <button class="button" onClick={() => void list.loadMore()}>
            {text.events.again}
          </button>
        </p>
      )}
      {active && (
        <div class="bulk" role="toolbar" aria-label={text.events.selection}>
          <b>{text.events.selected(ids.length)}</b>
          <button class="button" onClick={() => setChosen({ ids: new Set(order), anchor: null })}>
            {text.events.selectAll}
          </button>
          <button class="button" disabled={ids.length === 0} onClick={() => void deleting.keep(ids, !allKept)}>
            <Icon name="star" filled={allKept} />
            {allKept ? text.events.unkeep : text.events.keep}
          </button>
          <button
            class="button danger"
            disabled={ids.length === 0}
            onClick={() => {
              done();
              void deleting.remove(ids);
            }}
          >
            <Icon name="bin" />
            {text.events.remove}
          </button>
          <button class="button" onClick={done}>
            {text.events.done}
          </button>
        </div>
      )}
      {open !== null && <Clip key="clip" id={open} list={list} filter={filter} />}
    </div>
  );
}
