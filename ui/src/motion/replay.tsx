// What the settings on the page would have made of the last hours: how many events, which would be gone, which new.
import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import { Thumb } from "../events/card";
import { length } from "../lengths";
import { type Api, Refused, address, told } from "../recorder/api";
import { useApp, useNow } from "../recorder/context";
import type { Appearing, Event, MotionSettings, Replayed } from "../recorder/wire";
import { addressOf } from "../router";
import { whatIsSaid } from "../objects/words";
import { text } from "../text";
import { useWatched } from "../watchable";
import { Boxes } from "./boxes";
import { Panel } from "./fields";
import { type Asked, Newest } from "./newest";
import { tidy } from "./draft";

const HOUR_MS = 3_600_000;
/** Hours that may be looked at. */
const SPANS = [1, 6, 24] as const;
/** Rest before it is counted, in milliseconds. */
const REST_MS = 200;
/** Another page may be having something counted. */
const TURN_MS = 1_000;
const TOO_MANY = 429;
/** Shown before one asks for all. */
const FEW = 6;
/** Less than this, in seconds, is nothing. */
const LEAST_COVERED = 1;

interface Question {
  camera: string;
  settings: MotionSettings;
  hours: number;
}

interface Answer {
  question: Question;
  replayed: Replayed;
}

interface Props {
  camera: string;
  settings: MotionSettings;
  /** Whether the settings make sense. */
  sound: boolean;
}

export function ReplayPanel({ camera, settings, sound }: Props) {
  const [hours, setHours] = useState<(typeof SPANS)[number]>(24);
  const asked = useReplay(camera, settings, hours, sound);
  return (
    <Panel title={text.motion.replay}>
      <fieldset class="choice spans">
        <legend class="hidden">{text.motion.replaySpan}</legend>
        {SPANS.map((span) => (
          <label key={span}>
            <input type="radio" name="span" checked={span === hours} onChange={() => setHours(span)} />
            <span>{text.motion.hours(span)}</span>
          </label>
        ))}
      </fieldset>
      <Outcome camera={camera} asked={asked} sound={sound} hours={hours} />
    </Panel>
  );
}

function Outcome({ camera, asked, sound, hours }: { camera: string; asked: Asked<Answer>; sound: boolean; hours: number }) {
  const span = text.motion.spans[hours] ?? "";
  const { busy, answer, failure } = asked;
  if (!sound) return <p role="status">{text.motion.replayBroken}</p>;
  if (failure !== null && !busy) {
    return (
      <p class="bad" role="alert">
        {text.motion.replayFailed(told(failure))}
      </p>
    );
  }
  const shown = answer && answer.question.hours === hours ? answer.replayed : null;
  if (!shown) return <p class="quiet" role="status">{busy ? text.motion.replayBusy : ""}</p>;
  const { covered, events, would, vanishing, appearing } = shown;
  if (covered < LEAST_COVERED) return <p class="quiet" role="status">{text.motion.replayNone(span)}</p>;
  const same = would === events && vanishing.length === 0 && appearing.length === 0;
  return (
    <div class="outcome" aria-busy={busy} data-replay={busy ? "busy" : "done"} data-would={would} data-events={events} data-sensitivity={answer?.question.settings.sensitivity}>
      <p class="hidden" role="status">
        {busy ? "" : text.motion.verdict(would, events, span, same)}
      </p>
      <p class="verdict" aria-hidden="true">
        <b>{would}</b> <span>{text.motion.would(would).replace(/^\d+ /, "")}</span>{" "}
        <span class="quiet">{same ? text.motion.asBefore : text.motion.insteadOf(events)}</span>
        {busy && <span class="quiet counting">{text.motion.replayBusy}</span>}
      </p>
      {same ? (
        <p class="quiet small">{text.motion.noChange}</p>
      ) : (
        <>
          {vanishing.length > 0 && (
            <Few kind="gone" title={text.motion.gone(vanishing.length)}>
              {vanishing.map((event) => (
                <Gone key={event.id} event={event} />
              ))}
            </Few>
          )}
          {appearing.length > 0 && (
            <Few kind="fresh" title={text.motion.fresh(appearing.length)}>
              {appearing.map((one) => (
                <Fresh key={one.triggered} camera={camera} one={one} />
              ))}
            </Few>
          )}
        </>
      )}
      {covered < hours * 3600 - 60 && <p class="quiet small">{text.motion.replayCovered(length(covered), span)}</p>}
    </div>
  );
}

function Few({ kind, title, children }: { kind: "gone" | "fresh"; title: string; children: preact.JSX.Element[] }) {
  const [all, setAll] = useState(false);
  return (
    <div class="few">
      <h3 class={kind}>{title}</h3>
      <ul>
        {(all ? children : children.slice(0, FEW)).map((child) => (
          <li key={child.key}>{child}</li>
        ))}
      </ul>
      {!all && children.length > FEW && (
        <button class="link" onClick={() => setAll(true)}>
          {text.motion.showAll(children.length)}
        </button>
      )}
    </div>
  );
}

/** Opened beside this page, which may hold what is not saved. */
function Gone({ event }: { event: Event }) {
  const { recorder } = useApp();
  const zone = useWatched(recorder.zone);
  const when = zone.moment(Date.parse(event.triggered), useNow(60_000));
  return (
    <a class="was gone" href={addressOf({ page: "event", id: event.id, filter: "" })} target="_blank" data-gone={event.id}>
      <span class="hidden">{text.motion.goneOne(whatIsSaid(event), when)}</span>
      <Thumb event={event} />
      <span class="small" aria-hidden="true">
        {when}
      </span>
    </a>
  );
}

function Fresh({ camera, one }: { camera: string; one: Appearing }) {
  const { recorder } = useApp();
  const zone = useWatched(recorder.zone);
  const when = zone.moment(Date.parse(one.triggered), useNow(60_000));
  const [picture, setPicture] = useState(one.picture);
  return (
    <div class="was fresh" data-fresh={one.triggered}>
      <span class="hidden">{text.motion.freshOne(when)}</span>
      <span class="was-picture">
        <img src={picture ?? address.poster(camera, 320)} alt="" loading="lazy" onError={() => setPicture(null)} />
        {picture === null && <Boxes boxes={one.regions} />}
      </span>
      <span class="small" aria-hidden="true">
        {when}
      </span>
    </div>
  );
}

function useReplay(camera: string, settings: MotionSettings, hours: number, sound: boolean): Asked<Answer> {
  const { recorder } = useApp();
  const [asked, setAsked] = useState<Asked<Answer>>({ busy: true, answer: null, failure: null });
  const gone = useRef(new AbortController());
  const newest = useMemo(() => {
    gone.current = new AbortController();
    const { signal } = gone.current;
    return new Newest<Question, Answer>(async (question) => ({ question, replayed: await replayed(recorder.api, recorder.now(), question, signal) }), setAsked, REST_MS);
  }, [camera]);
  useEffect(
    () => () => {
      newest.close();
      gone.current.abort();
    },
    [newest],
  );
  useEffect(() => {
    if (sound) newest.want({ camera, settings: tidy(settings), hours });
    else newest.forget();
  }, [newest, settings, hours, sound]);
  return asked;
}

/** The recorder counts one at a time for a camera; who comes second tries again until it is free. */
async function replayed(api: Api, now: number, { camera, settings, hours }: Question, gone: AbortSignal): Promise<Replayed> {
  for (;;) {
    try {
      return await api.replayMotion(camera, now - hours * HOUR_MS, now, settings, gone);
    } catch (error) {
      if (gone.aborted || !(error instanceof Refused) || error.status !== TOO_MANY) throw error;
      await new Promise((resolve) => setTimeout(resolve, TURN_MS));
    }
  }
}
