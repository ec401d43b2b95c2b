// One event in the grid: a picture, what, where, when, how long.
import { useState } from "preact/hooks";
import { length } from "../lengths";
import { isBySensor } from "../devices/words";
import { address } from "../recorder/api";
import type { Event } from "../recorder/wire";
import type { Zone } from "../recorder/zone";
import { Icon } from "../shell/icons";
import { objectText } from "../objects/text";
import { lookOf, unknownOf, whatIsSaid, whatWas } from "../objects/words";
import { kindName, text } from "../text";

interface Props {
  event: Event;
  href: string;
  zone: Zone;
  now: number;
  selecting: boolean;
  selected: boolean;
  /** `null`: there is nothing to select for. */
  onSelect: ((event: Event, range: boolean) => void) | null;
}

export function Card({ event, href, zone, now, selecting, selected, onSelect }: Props) {
  const at = Date.parse(event.triggered);
  const day = zone.dayName(at, now);
  const label = text.events.card(whatIsSaid(event), event.camera, `${day} ${zone.time(at)}`, lengthOf(event, now), event.kept);
  return (
    <article class="card" data-event={event.id} data-selected={selected ? "" : undefined} data-selecting={selecting ? "" : undefined}>
      <a
        href={href}
        onClick={(click) => {
          // While selecting, the whole card is a tick box; with shift it is one at any time.
          if (!onSelect || (!selecting && !click.shiftKey)) return;
          click.preventDefault();
          onSelect(event, click.shiftKey);
        }}
      >
        <span class="hidden">{label}</span>
        <span class="card-picture" aria-hidden="true">
          <Thumb event={event} />
          <span class="card-badges">
            <span class="badges">
              <span class="tag">
                <What event={event} />
              </span>
              {event.kept && (
                <span class="tag kept">
                  <Icon name="star" filled />
                  <span class="kept-word">{text.events.kept}</span>
                </span>
              )}
            </span>
            <span class="badges right">
              <span class="tag">
                {event.end === null ? <Going seconds={lengthNow(event, now)} /> : length(event.duration)}
              </span>
            </span>
          </span>
          {unknownOf(event) !== null && (
            <span class="badges low">
              <span class="tag unknown">
                <Icon name="warning" />
                {objectText.unknown}
              </span>
            </span>
          )}
        </span>
        <span class="card-words" aria-hidden="true">
          <b>{event.camera}</b>
          <span class="quiet">
            {zone.time(at)} · {day}
          </span>
        </span>
      </a>
      {onSelect && (
        <label class="card-tick">
          <input
            type="checkbox"
            checked={selected}
            aria-label={text.events.selectOne(label)}
            onClick={(click) => {
              click.preventDefault(); // The selection decides, so that a shift click ticks a range.
              onSelect(event, click.shiftKey);
            }}
          />
          <span aria-hidden="true">
            <Icon name="tick" />
          </span>
        </label>
      )}
    </article>
  );
}

/** Where there is little room, the dot alone says that it goes on. */
function Going({ seconds }: { seconds: number }) {
  return (
    <>
      <i class="dot red" />
      <span>
        {length(seconds)}
        <span class="so-far"> {text.events.soFar}</span>
      </span>
    </>
  );
}

/** What it was: who, if somebody was recognised, else what triggered it. */
export function What({ event: { kinds, objects }, event }: { event: Event }) {
  const [best] = objects;
  if (best) {
    const { icon, kind } = lookOf(best.label);
    return (
      <span class="kind who" data-kind={kind}>
        <Icon name={icon} />
        <span class="who-words">{whatWas(event)}</span>
      </span>
    );
  }
  if (isBySensor(event)) {
    return (
      <span class="kind who" data-kind="sensor">
        <Icon name={kinds.includes("sensor") ? "pir" : "broker"} />
        <span class="who-words">{whatWas(event)}</span>
      </span>
    );
  }
  return (
    <span class="kind">
      <i class="kind-colour" data-kind={kinds[0] !== undefined && kinds[0] in text.ailments ? "ailment" : (kinds[0] ?? "motion")} />
      {kindName(kinds)}
    </span>
  );
}

export function Thumb({ event }: { event: Event }) {
  const [missing, setMissing] = useState(false);
  // The address changes with the event's end, when a better picture may have been chosen.
  const source = `${address.picture(event.id, "thumb")}${event.end === null ? "" : "&v=end"}`;
  if (!event.snapshot || missing) return <span class="thumb none">{text.events.noPicture}</span>;
  return <img class="thumb" alt="" src={source} decoding="async" onError={() => setMissing(true)} />;
}

export function lengthOf(event: Event, now: number): string {
  if (event.end !== null) return length(event.duration);
  return `${length(lengthNow(event, now))} ${text.events.soFar}`;
}

/** Of one that goes on, in seconds. */
function lengthNow(event: Event, now: number): number {
  return Math.max(event.duration, (now - Date.parse(event.start)) / 1000);
}
