// How much moved at one camera in the last day, with its events; a way to those of any hour.
import { useEffect, useState } from "preact/hooks";
import { EVERYTHING, filterOf } from "../events/query";
import { momentOf } from "../events/ranges";
import { told } from "../recorder/api";
import { useApp, useNow } from "../recorder/context";
import type { Event } from "../recorder/wire";
import { percent } from "../motion/words";
import { text } from "../text";
import { useWatched } from "../watchable";
import { Curve } from "./curve";
import { type Levels, mostAt, runsOf, shareOf } from "./runs";

const HOURS = 24;
const HOUR_MS = 3_600_000;
/** Seconds in a step: a day in 720, about one to a pixel. */
const STEP = 120;
/** How often it is looked at anew, in milliseconds. */
const ANEW_MS = 60_000;
/** Events that are marked; a page of them. */
const MOST_EVENTS = 200;

interface Day {
  /** Milliseconds since 1970. */
  start: number;
  /** Milliseconds in a step. */
  step: number;
  levels: Levels;
  events: readonly Event[];
}

export function MotionLane({ camera, title }: { camera: string; title: string }) {
  const { recorder, router } = useApp();
  const zone = useWatched(recorder.zone);
  const now = useNow(ANEW_MS);
  const { day, failure } = useDay(camera, now);
  const [chosen, setChosen] = useState<number | null>(null);
  const at = Math.min(chosen ?? Infinity, (day?.levels.length ?? 1) - 1);
  const moment = (step: number) => (day ? day.start + step * day.step : now);
  const said = (step: number) => {
    const when = zone.moment(moment(step), now);
    const level = day?.levels[step] ?? null;
    return level === null ? text.motion.laneUnlooked(when) : text.motion.laneAt(when, percent(shareOf(level)));
  };
  /** The hour around the chosen moment, among the events. */
  const open = () => {
    const wall = (instant: number) => momentOf(instant, zone);
    const range = { kind: "custom" as const, from: wall(moment(at) - HOUR_MS / 2), to: wall(moment(at) + HOUR_MS / 2) };
    router.go({ page: "events", filter: filterOf({ ...EVERYTHING, cameras: [camera], range }) });
  };
  const most = day ? mostAt(day.levels) : null;
  const looked = day?.levels.some((level) => level !== null) ?? false;
  return (
    <section class="lane" aria-label={title}>
      <div class="lane-head">
        <h2>{title}</h2>
        <span class="quiet small">{failure !== null ? text.motion.laneFailed(failure) : day && !looked ? text.motion.laneNothing : chosen === null ? day && text.motion.laneEvents(day.events.length) : said(at)}</span>
      </div>
      <div class="lane-track">
        {day && <Curve levels={day.levels} />}
        {day && <Gaps levels={day.levels} />}
        {day && <Marks day={day} />}
        {day && (
          <input
            type="range"
            min={0}
            max={Math.max(1, day.levels.length - 1)}
            value={at}
            aria-label={text.motion.laneLabel(camera, most === null ? null : zone.moment(moment(most), now))}
            aria-valuetext={said(at)}
            onFocus={() => setChosen(at)}
            onInput={(event) => setChosen(Number(event.currentTarget.value))}
            onPointerMove={(event) => {
              const box = event.currentTarget.getBoundingClientRect();
              const share = (event.clientX - box.left) / box.width;
              setChosen(Math.min(day.levels.length - 1, Math.max(0, Math.floor(share * day.levels.length))));
            }}
            onPointerLeave={() => setChosen(null)}
            onClick={open}
            onKeyDown={(event) => event.key === "Enter" && open()}
            onBlur={() => setChosen(null)}
          />
        )}
      </div>
      {/* Its room is kept until the day is known: what stands below must not jump. */}
      {day ? <Hours day={day} /> : <div class="lane-hours" aria-hidden="true" />}
    </section>
  );
}

/** Where nothing was looked at. */
function Gaps({ levels }: { levels: Levels }) {
  const share = (steps: number) => `${(100 * steps) / levels.length}%`;
  return (
    <>
      {runsOf(levels).map(({ from, to, known }) => !known && <span key={from} class="gap" style={{ left: share(from), width: share(to - from) }} />)}
    </>
  );
}

/** Where its events are. */
function Marks({ day }: { day: Day }) {
  const whole = day.levels.length * day.step;
  const share = (instant: number) => (instant - day.start) / whole;
  return (
    <svg class="marks" viewBox="0 0 1 1" preserveAspectRatio="none" aria-hidden="true">
      {day.events.map((event) => {
        const from = Math.max(0, share(Date.parse(event.start)));
        return <rect key={event.id} x={from} y={0} width={Math.max(0.002, Math.min(1, share(event.end === null ? Infinity : Date.parse(event.end))) - from)} height={1} />;
      })}
    </svg>
  );
}

/** Every sixth hour by name. */
function Hours({ day }: { day: Day }) {
  const { recorder } = useApp();
  const zone = useWatched(recorder.zone);
  const whole = day.levels.length * day.step;
  const first = Math.ceil((day.start + zone.offset(day.start)) / (6 * HOUR_MS)) * 6 * HOUR_MS - zone.offset(day.start);
  const hours = Array.from({ length: 4 }, (_, at) => first + at * 6 * HOUR_MS).filter((hour) => hour < day.start + whole);
  return (
    <div class="lane-hours quiet" aria-hidden="true">
      {hours.map((hour) => (
        <span key={hour} style={{ left: `${(100 * (hour - day.start)) / whole}%` }}>{zone.time(hour)}</span>
      ))}
    </div>
  );
}

function useDay(camera: string, now: number): { day: Day | null; failure: string | null } {
  const { recorder } = useApp();
  const [day, setDay] = useState<Day | null>(null);
  const [failure, setFailure] = useState<string | null>(null);
  // Whole steps, so that the curve does not tremble from look to look.
  const end = Math.ceil(now / (STEP * 1000)) * STEP * 1000;
  const start = end - HOURS * HOUR_MS;
  useEffect(() => {
    let current = true;
    const events = new URLSearchParams({ camera, from: new Date(start).toISOString(), limit: String(MOST_EVENTS) });
    Promise.all([recorder.api.motionLevels(camera, start, end, STEP), recorder.api.events(events)]).then(
      ([levels, page]) => {
        if (!current) return;
        setDay({ start: Date.parse(levels.start), step: levels.step * 1000, levels: levels.levels, events: page.events });
        setFailure(null);
      },
      (error: unknown) => current && setFailure(told(error)),
    );
    return () => {
      current = false;
    };
  }, [camera, Math.floor(now / ANEW_MS)]);
  return { day, failure };
}
