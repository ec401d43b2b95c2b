// What moved, drawn over an event's video and in time with it; and how much, as a curve on its track.
import { useEffect, useState } from "preact/hooks";
import { Curve } from "../levels/curve";
import type { Levels } from "../levels/runs";
import { useApp } from "../recorder/context";
import type { Event, Trace } from "../recorder/wire";
import { useWatched } from "../watchable";
import { Boxed } from "../objects/boxed";
import { labelName, lookOf } from "../objects/words";
import { clipStart, seenAt } from "./moved";

/** Steps on the track at most; a pixel or two each. */
const MOST_STEPS = 400;

interface Props {
  traces: readonly Trace[];
  event: Event;
  /** Seconds of the clip that have been played, and in all. */
  at: number;
  whole: number;
  /** Of the video, in pixels. */
  width: number;
  height: number;
}

/** Letterboxed as the video is: both fit a box of the same form into the same place. */
export function WhatMoved({ traces, event, at, whole, width, height }: Props) {
  const seen = seenAt(traces, clipStart(event, whole) + at * 1000);
  const known = seen.flatMap(({ number, label, box }) => (label === null ? [] : [{ number, label, words: labelName(label), box }]));
  return (
    <>
      {/* Where some are recognised, what else moved matters less. */}
      <svg class="what-moved" viewBox={`0 0 ${width} ${height}`} aria-hidden="true" data-seen={seen.length} data-dim={traces.some(({ label }) => label !== null) ? "" : undefined}>
        {seen.map(({ number, label, box: [left, top, wide, high], path }) => (
          <g key={number} data-kind={label === null ? undefined : lookOf(label).kind}>
            <polyline points={path.map(([x, y]) => `${x * width},${y * height}`).join(" ")} />
            {label === null && <rect x={left * width} y={top * height} width={wide * width} height={high * height} rx={width / 160} />}
          </g>
        ))}
      </svg>
      <Boxed things={known} ratio={width / height} />
    </>
  );
}

/** How much moved, over the whole track. */
export function LevelTrack({ event, whole }: { event: Event; whole: number }) {
  const { recorder } = useApp();
  const known = useWatched(recorder.status)?.cameras.some(({ name }) => name === event.camera) ?? false;
  const [levels, setLevels] = useState<Levels | null>(null);
  useEffect(() => {
    // Of a camera that is gone, nothing can be asked.
    if (!known || whole <= 0) return undefined;
    let current = true;
    const from = clipStart(event, whole);
    recorder.api.motionLevels(event.camera, from, from + whole * 1000, Math.max(1, Math.ceil(whole / MOST_STEPS))).then(
      (answer) => current && setLevels(answer.levels),
      () => undefined, // The track is there without it.
    );
    return () => {
      current = false;
    };
  }, [event.id, event.end, whole, known]);
  return levels && levels.some((level) => level !== null) ? <Curve levels={levels} /> : null;
}

/** `null` until they are there. They are asked for again once the event has ended. */
export function useTraces(event: Event | null): readonly Trace[] | null {
  const { recorder } = useApp();
  const [traces, setTraces] = useState<{ id: string; traces: readonly Trace[] } | null>(null);
  const id = event?.id;
  useEffect(() => {
    if (id === undefined) return undefined;
    let current = true;
    recorder.api.traces(id).then(
      (answer) => current && setTraces({ id, traces: answer.traces }),
      () => undefined, // The event is there without them.
    );
    return () => {
      current = false;
    };
  }, [id, event?.end]);
  return traces?.id === id ? (traces?.traces ?? null) : null;
}
