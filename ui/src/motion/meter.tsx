// What moves now: boxes over the picture, and how much as a bar.
import { useEffect, useState } from "preact/hooks";
import { address } from "../recorder/api";
import { attention } from "../recorder/attention";
import { useApp } from "../recorder/context";
import { Boxed } from "../objects/boxed";
import { scored } from "../objects/words";
import type { Moving } from "../recorder/wire";
import { text } from "../text";
import { Watchable, useWatched } from "../watchable";
import { Boxes } from "./boxes";
import { Panel } from "./fields";
import { percent } from "./words";

/** Without a word for so long, nobody looks at the camera's pictures; in milliseconds. */
const SILENT_MS = 4_000;
/** How long to wait before a stream that ended is opened anew. */
const AGAIN_MS = 2_000;

/** What moves on a camera, as long as somebody looks at this page. `null`: nobody tells. */
export function useMoving(camera: string): Watchable<Moving | null> {
  const { recorder } = useApp();
  const [moving] = useState(() => new Watchable<Moving | null>(null));
  useEffect(() => {
    let source: EventSource | null = null;
    let silence: number | undefined;
    let again: number | undefined;
    const end = () => {
      clearTimeout(silence);
      clearTimeout(again);
      source?.close();
      source = null;
      moving.set(null);
    };
    const begin = () => {
      end();
      if (!attention.get() || !recorder.there.get()) return;
      source = new EventSource(address.moving(camera));
      source.addEventListener("moving", (message) => {
        moving.set(JSON.parse((message as MessageEvent<string>).data) as Moving);
        clearTimeout(silence);
        silence = window.setTimeout(() => moving.set(null), SILENT_MS);
      });
      source.onerror = () => {
        end();
        again = window.setTimeout(begin, AGAIN_MS);
      };
    };
    begin();
    const stops = [attention.watch(begin), recorder.there.watch(begin)];
    return () => {
      for (const stop of stops) stop();
      end();
    };
  }, [camera]);
  return moving;
}

/** `ratio`: width to height of the picture, where it does not fill its place. */
export function MovingBoxes({ moving, ratio }: { moving: Watchable<Moving | null>; ratio?: number }) {
  const now = useWatched(moving);
  const things = now?.objects.map(({ number, label, score, box, still }) => ({ number, label, words: scored(label, score), box, still })) ?? [];
  return (
    <Boxed things={things} ratio={ratio}>
      <Boxes boxes={now?.boxes ?? []} dim={things.length > 0} />
    </Boxed>
  );
}

export function MeterPanel({ moving }: { moving: Watchable<Moving | null> }) {
  const now = useWatched(moving);
  const level = now?.level ?? 0;
  const share = percent((level / 255) ** 2);
  return (
    <Panel title={text.motion.now}>
      {/* Five times a second is too often to be said aloud. */}
      <meter class="level" min={0} max={255} value={level} aria-label={text.motion.nowLabel} data-silent={now ? undefined : ""} />
      <p class="quiet small">{now === null ? text.motion.silent : now.boxes.length === 0 ? text.motion.nothing : text.motion.things(now.boxes.length, share)}</p>
      {now?.night && <p class="quiet small">{text.motion.nightNow}</p>}
    </Panel>
  );
}
