// The grid of cards. Only those near the screen are in the document, whatever the list's length.
import { useLayoutEffect, useRef, useState } from "preact/hooks";
import { useNow } from "../recorder/context";
import { addressOf } from "../router";
import type { Event } from "../recorder/wire";
import type { Zone } from "../recorder/zone";
import { text } from "../text";
import { Card } from "./card";
import type { Selection } from "./selection";

interface Props {
  events: readonly Event[];
  zone: Zone;
  filter: string;
  selecting: boolean;
  selection: Selection;
  /** `null`: there is nothing to select for. */
  onSelect: ((event: Event, range: boolean) => void) | null;
  onNearEnd: () => void;
}

/** Cards in the document at most. */
const MOST_CARDS = 60;
const WORDS_HEIGHT = 58;
const OVERSCAN_ROWS = 1;

export interface GridShape {
  columns: number;
  gap: number;
  cardWidth: number;
  /** From the top of one row to the top of the next. */
  rowHeight: number;
}

/** Wider screens get wider cards before they get more of them. */
export function shapeFor(width: number): GridShape {
  const gap = width < 640 ? 8 : 12;
  const columns = Math.min(7, Math.max(width < 280 ? 1 : 2, Math.floor((width + gap) / (220 + gap))));
  const cardWidth = Math.floor((width - gap * (columns - 1)) / columns);
  return { columns, gap, cardWidth, rowHeight: Math.round((cardWidth * 9) / 16) + WORDS_HEIGHT + gap };
}

export function Grid({ events, zone, filter, selecting, selection, onSelect, onNearEnd }: Props) {
  const box = useRef<HTMLUListElement>(null);
  const now = useNow(10_000);
  const [width, setWidth] = useState(0);
  const [rows, setRows] = useState({ first: 0, last: 8 });
  const shape = shapeFor(width || 320);
  const { columns, gap, cardWidth, rowHeight } = shape;
  const allRows = Math.ceil(events.length / columns);

  useLayoutEffect(() => {
    const element = box.current;
    if (!element) return undefined;
    const look = () => {
      setWidth(element.clientWidth);
      const top = -element.getBoundingClientRect().top;
      const height = shapeFor(element.clientWidth).rowHeight;
      const first = Math.max(0, Math.floor(top / height) - OVERSCAN_ROWS);
      const last = Math.max(0, Math.ceil((top + window.innerHeight) / height) + OVERSCAN_ROWS);
      setRows((before) => (before.first === first && before.last === last ? before : { first, last }));
    };
    look();
    const observer = new ResizeObserver(look);
    observer.observe(element);
    window.addEventListener("scroll", look, { passive: true });
    window.addEventListener("resize", look);
    return () => {
      observer.disconnect();
      window.removeEventListener("scroll", look);
      window.removeEventListener("resize", look);
    };
  }, []);

  useLayoutEffect(() => {
    if (width > 0 && rows.last >= allRows - 4) onNearEnd();
  }, [rows.last, allRows, width]);

  const from = Math.min(rows.first, Math.max(0, allRows - 1)) * columns;
  const to = Math.min(rows.last * columns, from + MOST_CARDS);
  return (
    <ul ref={box} class="grid" aria-label={text.events.list} style={{ height: `${Math.max(0, allRows * rowHeight - gap)}px` }}>
      {width > 0 &&
        events.slice(from, to).map((event, offset) => {
          const index = from + offset;
          const left = (index % columns) * (cardWidth + gap);
          const top = Math.floor(index / columns) * rowHeight;
          return (
            <li
              key={event.id}
              aria-setsize={events.length}
              aria-posinset={index + 1}
              style={{ width: `${cardWidth}px`, height: `${rowHeight - gap}px`, transform: `translate(${left}px, ${top}px)` }}
            >
              <Card
                event={event}
                href={addressOf({ page: "event", id: event.id, filter })}
                zone={zone}
                now={now}
                selecting={selecting}
                selected={selection.ids.has(event.id)}
                onSelect={onSelect}
              />
            </li>
          );
        })}
    </ul>
  );
}

/** Brings a card onto the screen and gives it the focus; for when the dialog over it is closed. */
export function showCard(id: string, index: number): void {
  const find = () => document.querySelector<HTMLElement>(`.card[data-event="${CSS.escape(id)}"] > a`);
  const there = find();
  if (there) {
    there.focus({ preventScroll: true });
    there.scrollIntoView({ block: "nearest" });
    return;
  }
  const grid = document.querySelector<HTMLElement>(".grid");
  if (!grid || index < 0) return;
  const { columns, rowHeight } = shapeFor(grid.clientWidth);
  const top = grid.getBoundingClientRect().top + window.scrollY + Math.floor(index / columns) * rowHeight;
  window.scrollTo({ top: Math.max(0, top - window.innerHeight / 3) });
  // The card is drawn after the scroll has been seen.
  requestAnimationFrame(() => requestAnimationFrame(() => find()?.focus({ preventScroll: true })));
}
