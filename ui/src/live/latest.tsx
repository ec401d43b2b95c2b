// The last few events, beside the live pictures.
import { useEffect, useMemo } from "preact/hooks";
import { Thumb, What, lengthOf } from "../events/card";
import { EventList } from "../events/list";
import { EVERYTHING, filterOf, type EventQuery } from "../events/query";
import { useApp, useNow } from "../recorder/context";
import { addressOf } from "../router";
import { whatIsSaid } from "../objects/words";
import { text } from "../text";
import { useWatched } from "../watchable";

const SHOWN = 6;

/** `null`: of all cameras. */
export function LatestEvents({ camera }: { camera: string | null }) {
  const { recorder } = useApp();
  const zone = useWatched(recorder.zone);
  const now = useNow(30_000);
  const query: EventQuery = { ...EVERYTHING, cameras: camera === null ? [] : [camera] };
  const filter = filterOf(query);
  const list = useMemo(() => new EventList(recorder, query, SHOWN), [filter]);
  useEffect(() => () => list.close(), [list]);
  const { items: events, state } = useWatched(list.view);
  return (
    <section class="latest" aria-labelledby="latest-title">
      <div class="latest-head">
        <h2 id="latest-title">{text.live.latest}</h2>
        <a class="link" href={addressOf({ page: "events", filter })}>
          {text.live.allEvents}
        </a>
      </div>
      {events.length === 0 && state !== "loading" && <p class="quiet">{text.live.noEvents}</p>}
      <ul>
        {events.slice(0, SHOWN).map((event) => {
          const when = zone.moment(Date.parse(event.triggered), now);
          return (
            <li key={event.id}>
              <a
                href={addressOf({ page: "event", id: event.id, filter })}
                data-event={event.id}
              >
                <span class="hidden">{text.events.card(whatIsSaid(event), event.camera, when, lengthOf(event, now), event.kept)}</span>
                <Thumb event={event} />
                <span class="words" aria-hidden="true">
                  <What event={event} />
                  <span class="quiet">
                    {event.camera} · {lengthOf(event, now)}
                  </span>
                  <span class="quiet">{when}</span>
                </span>
              </a>
            </li>
          );
        })}
      </ul>
    </section>
  );
}
