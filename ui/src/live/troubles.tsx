// What was wrong with one camera in the last day: what, from when to when, and why.
import { useEffect, useState } from "preact/hooks";
import { length } from "../lengths";
import { told } from "../recorder/api";
import { useApp, useNow } from "../recorder/context";
import type { Trouble } from "../recorder/wire";
import { text } from "../text";
import { useWatched } from "../watchable";

const DAY_MS = 86_400_000;
/** Shown before one asks for all. */
const SHORT = 6;

export function Troubles({ camera }: { camera: string }) {
  const { recorder } = useApp();
  const zone = useWatched(recorder.zone);
  const now = useNow(30_000);
  const { troubles, failure } = useTroubles(camera);
  const [all, setAll] = useState(false);
  const shown = all ? troubles : troubles?.slice(0, SHORT);
  return (
    <section class="troubles" aria-labelledby="troubles-title">
      <h2 id="troubles-title">{text.troubles.title}</h2>
      {failure !== null && <p class="quiet">{text.troubles.failed(failure)}</p>}
      {shown?.length === 0 && <p class="quiet">{text.troubles.none}</p>}
      <ul>
        {shown?.map(({ kind, start, end, cause }) => {
          const [from, to] = [Date.parse(start), end === null ? null : Date.parse(end)];
          const begins = zone.moment(from, now);
          return (
            <li key={kind + start} data-trouble={kind}>
              <b>{text.ailments[kind] ?? kind}</b>{" "}
              <span class="quiet small">
                {to === null ? text.troubles.still(begins) : text.troubles.until(begins, zone.time(to), length((to - from) / 1000))}
              </span>
              {cause !== null && <p class="quiet small">{cause}</p>}
            </li>
          );
        })}
      </ul>
      {!all && troubles !== null && troubles.length > SHORT && (
        <button class="link" onClick={() => setAll(true)}>
          {text.troubles.all(troubles.length)}
        </button>
      )}
    </section>
  );
}

/** Newest first; `null` until they are there. Loaded anew whenever one begins or ends. */
function useTroubles(camera: string): { troubles: readonly Trouble[] | null; failure: string | null } {
  const { recorder } = useApp();
  const [troubles, setTroubles] = useState<readonly Trouble[] | null>(null);
  const [failure, setFailure] = useState<string | null>(null);
  useEffect(() => {
    // Of several questions on their way the last one asked counts.
    let newest = 0;
    const load = () => {
      const turn = (newest += 1);
      recorder.api.troubles(camera, recorder.now() - DAY_MS).then(
        (answer) => {
          if (turn !== newest) return;
          setTroubles(answer.troubles.reverse());
          setFailure(null);
        },
        (error: unknown) => turn === newest && setFailure(told(error)),
      );
    };
    load();
    const stops = [recorder.onTroubles(load), recorder.onCaughtUp(load)];
    return () => {
      newest += 1;
      for (const stop of stops) stop();
    };
  }, [camera]);
  return { troubles, failure };
}
