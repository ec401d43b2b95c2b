// Who is at a camera now, and who was there today.
import type { ComponentChildren } from "preact";
import { useEffect, useState } from "preact/hooks";
import { EVERYTHING, filterOf } from "../events/query";
import { told } from "../recorder/api";
import { useApp, useNow } from "../recorder/context";
import type { Camera, Counts } from "../recorder/wire";
import { addressOf } from "../router";
import { Icon } from "../shell/icons";
import { useWatched } from "../watchable";
import { DetectorLine } from "./detector";
import { objectText } from "./text";
import { listed, lookOf } from "./words";

/** How often the numbers are asked for anew, in milliseconds. */
const ANEW_MS = 60_000;

export function ObjectsPanel({ camera: { name, objects } }: { camera: Camera }) {
  const detector = useWatched(useApp().recorder.detector);
  const { counts, failure } = useCounts(name);
  const some = counts !== null && counts.objects.length > 0;
  // Who has no detector is not told of it here; what it once saw stays.
  if (!detector || (detector.state === "off" && !some)) return null;
  return (
    <section class="objects" aria-labelledby="objects-title">
      <h2 id="objects-title">{objectText.panel}</h2>
      {(detector.state === "failing" || detector.state === "starting") && <DetectorLine detector={detector} />}
      {detector.state === "failing" && objects.length === 0 && <p class="there">{objectText.unknownNow}</p>}
      {(detector.state === "ready" || objects.length > 0) && <p class="there">{objectText.now(objects.length > 0 ? listed(objects) : objectText.nothingNow)}</p>}
      <h3>{objectText.today}</h3>
      {failure !== null && <p class="quiet">{objectText.todayFailed(failure)}</p>}
      {counts && !some && <p class="quiet">{objectText.nothingToday}</p>}
      {counts && some && <Today camera={name} counts={counts} />}
    </section>
  );
}

function Today({ camera, counts: { objects, zones, lines } }: { camera: string; counts: Counts }) {
  return (
    <>
      <ul class="today">
        {objects.map(({ label, count }) => {
          const { icon, kind } = lookOf(label);
          const filter = filterOf({ ...EVERYTHING, cameras: [camera], range: { kind: "preset", preset: "today" }, labels: [label] });
          return (
            <li key={label} data-count={label}>
              <a class="button who" data-kind={kind} href={addressOf({ page: "events", filter })}>
                <Icon name={icon} />
                {objectText.many(label, count)}
              </a>
            </li>
          );
        })}
      </ul>
      {zones.length + lines.length > 0 && (
        <dl class="facts">
          <Places rows={zones.map(({ zone, label, entered, left, loitered }) => [zone, label, [[objectText.entered, entered], [objectText.left, left], [objectText.loitered, loitered]]])} />
          <Places rows={lines.map(({ line, label, left, right }) => [line, label, [[objectText.toLeft, left], [objectText.toRight, right]]])} />
        </dl>
      )}
    </>
  );
}

type Row = [place: string, label: string, ways: [words: (who: string) => string, count: number][]];

/** What was done at each place: `2 people came in, 1 person left`. */
function Places({ rows }: { rows: Row[] }): ComponentChildren {
  const places = [...new Set(rows.map(([place]) => place))];
  return places.map((place) => {
    const done = rows.flatMap(([one, label, ways]) => (one === place ? ways.filter(([, count]) => count > 0).map(([words, count]) => words(objectText.many(label, count))) : []));
    return (
      done.length > 0 && (
        <div key={place} class="facts-row">
          <dt>{place}</dt>
          <dd>{done.join(", ")}</dd>
        </div>
      )
    );
  });
}

/** Since midnight on the recorder's wall; asked for anew each minute and when an event of the camera ends. */
function useCounts(camera: string): { counts: Counts | null; failure: string | null } {
  const { recorder } = useApp();
  const minute = Math.floor(useNow(ANEW_MS) / ANEW_MS);
  const zone = useWatched(recorder.zone);
  const [ended, setEnded] = useState(0);
  const [known, setKnown] = useState<{ counts: Counts | null; failure: string | null }>({ counts: null, failure: null });
  useEffect(() => recorder.onEvent((event) => event.camera === camera && event.end !== null && setEnded((before) => before + 1)), [camera]);
  useEffect(() => {
    let current = true;
    const now = recorder.now();
    recorder.api.counts(camera, zone.instant(zone.wall(now)), now).then(
      (counts) => current && setKnown({ counts, failure: null }),
      (error: unknown) => current && setKnown((before) => ({ ...before, failure: told(error) })),
    );
    return () => {
      current = false;
    };
  }, [camera, minute, ended, zone]);
  return known;
}
