// What was recognised in an event: who, from when to when, where, and what they did; each a way into the clip.
import { useEffect, useState } from "preact/hooks";
import { told } from "../recorder/api";
import { useApp } from "../recorder/context";
import type { Event, Sighting } from "../recorder/wire";
import type { Zone } from "../recorder/zone";
import { Icon } from "../shell/icons";
import { useWatched } from "../watchable";
import { objectText } from "./text";
import { deedWords, lookOf, scored } from "./words";

/** Shown before one asks for all. */
const SHORT = 6;

interface Props {
  event: Event;
  /** To a moment of the clip, in milliseconds since 1970. */
  onGo: (instant: number) => void;
}

export function ObjectList({ event, onGo }: Props) {
  const { recorder } = useApp();
  const zone = useWatched(recorder.zone);
  const { objects, failure } = useSightings(event);
  const [all, setAll] = useState(false);
  const shown = all ? objects : objects?.slice(0, SHORT);
  return (
    <section class="sightings" aria-labelledby="sightings-title">
      <h3 id="sightings-title">{objectText.list}</h3>
      {failure !== null && <p class="quiet small">{objectText.listFailed(failure)}</p>}
      {objects?.length === 0 && <p class="quiet small">{objectText.nobody}</p>}
      <ul>
        {shown?.map((one) => (
          <li key={one.number} data-sighting={one.label}>
            <OneSighting sighting={one} zone={zone} onGo={onGo} />
          </li>
        ))}
      </ul>
      {!all && objects !== null && objects.length > SHORT && (
        <button class="link" onClick={() => setAll(true)}>
          {objectText.showAll(objects.length)}
        </button>
      )}
    </section>
  );
}

function OneSighting({ sighting: { label, score, first, last, zones, deeds }, zone, onGo }: { sighting: Sighting; zone: Zone; onGo: (instant: number) => void }) {
  const name = scored(label, score);
  const time = (at: string) => zone.exactTime(Date.parse(at));
  const span = objectText.span(time(first), time(last));
  const { icon, kind } = lookOf(label);
  return (
    <>
      <button class="jump" title={objectText.jump} onClick={() => onGo(Date.parse(first))}>
        <span class="who" data-kind={kind}>
          <Icon name={icon} />
          <b>{name}</b>
        </span>
        <span class="quiet times">{span}</span>
      </button>
      {zones.length > 0 && <p class="quiet small">{objectText.zonesOf(zones.join(", "))}</p>}
      {deeds.map((deed) => {
        const words = deedWords(deed);
        return (
          <button key={deed.at + words} class="jump deed" title={objectText.jump} onClick={() => onGo(Date.parse(deed.at))}>
            <span>{words}</span>
            <span class="quiet times">{time(deed.at)}</span>
          </button>
        );
      })}
    </>
  );
}

/** `null` until they are there. They are asked for again when the event tells of more. */
function useSightings({ id, end, objects: known }: Event): { objects: readonly Sighting[] | null; failure: string | null } {
  const { recorder } = useApp();
  const [answer, setAnswer] = useState<{ id: string; objects: readonly Sighting[] | null; failure: string | null } | null>(null);
  useEffect(() => {
    let current = true;
    recorder.api.objects(id).then(
      ({ objects }) => current && setAnswer({ id, objects, failure: null }),
      // What was there before is better than nothing.
      (error: unknown) => current && setAnswer((before) => ({ id, objects: before?.id === id ? before.objects : null, failure: told(error) })),
    );
    return () => {
      current = false;
    };
  }, [id, end, known.map(({ label, count }) => `${count} ${label}`).join()]);
  return answer?.id === id ? answer : { objects: null, failure: null };
}
