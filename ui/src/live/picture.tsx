// One camera's live picture with the truth about it: how late it is, or why it stands still.
import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import { roughLength } from "../lengths";
import { address } from "../recorder/api";
import { attention, onReturn } from "../recorder/attention";
import { useApp, useNow } from "../recorder/context";
import type { Camera } from "../recorder/wire";
import { listed, lookOf } from "../objects/words";
import { Icon } from "../shell/icons";
import { text } from "../text";
import { ailmentsOf } from "./ailing";
import { Watchable, useWatched } from "../watchable";
import { soundWanted } from "../choices";
import { MOTION_JPEG } from "./codecs";
import { SinglePictures } from "./single_pictures";
import { LivePlayer, type LiveSound, type LiveView } from "./player";

const IDLE = new Watchable<LiveView>({ kind: "idle" });
const NEVER = new Watchable(false);
const SILENT = new Watchable<LiveSound>({ kind: "none" });
const AMBER_MS = 2_000;

interface Props {
  camera: Camera;
  /** Of the first picture, in pixels. */
  width: number;
  /** Whether its sound may be heard, where it is wanted; one camera at a time. */
  audible?: boolean;
}

export function LivePicture({ camera, width, audible = false }: Props) {
  const { recorder } = useApp();
  const frame = useRef<HTMLDivElement>(null);
  const video = useRef<HTMLVideoElement>(null);
  const [player, setPlayer] = useState<LivePlayer | null>(null);
  const [hasPicture, setHasPicture] = useState(false);
  const inView = useInView(frame);
  const watched = useWatched(attention);
  const there = useWatched(recorder.there);
  const view = useWatched(player?.view ?? IDLE);
  const slow = useWatched(player?.lowBandwidth ?? NEVER);
  const sound = useWatched(player?.sound ?? SILENT);
  const loud = useWatched(soundWanted) && audible && camera.audio;
  const wanted = inView && watched && camera.state !== "off";

  useEffect(() => {
    if (!video.current) return undefined;
    const made = new LivePlayer(camera.name, video.current);
    setPlayer(made);
    const stopHurrying = onReturn(() => made.hurry());
    return () => {
      stopHurrying();
      made.stop();
    };
  }, [camera.name]);

  useEffect(() => player?.wantSound(loud), [player, loud]);
  useEffect(() => {
    if (sound.kind === "blocked") soundWanted.set(false);
  }, [sound.kind]);

  useEffect(() => {
    if (wanted) player?.start();
    else player?.stop();
  }, [player, wanted]);

  // The camera or the recorder is back: no need to wait for the next try.
  useEffect(() => {
    if (there && camera.state === "live") player?.hurry();
  }, [there, camera.state]);

  useEffect(() => {
    if (view.kind === "playing") setHasPicture(true);
  }, [view.kind]);

  const shown = conditionOf(camera, view);
  return (
    <div ref={frame} class="picture" data-camera={camera.name} data-state={shown.kind} data-latency-ms={shown.kind === "live" && shown.latencyMs !== null ? Math.round(shown.latencyMs) : undefined}>
      {!hasPicture && camera.state === "live" && <Poster camera={camera.name} width={width} />}
      <video ref={video} muted playsInline tabIndex={-1} aria-hidden="true" />
      {shown.kind === "pictures" && wanted && <SinglePictures camera={camera.name} />}
      <Badges camera={camera} shown={shown} />
      <Overlay camera={camera} shown={shown} hasPicture={hasPicture} />
      <div class="caption">
        <span class="name">{camera.name}</span>
        {shown.kind === "live" && <span class="small clock">{recorder.zone.get().exactTime(shown.capturedMs)}</span>}
      </div>
      {slow && <p class="tile-note">{text.live.lowBandwidth}</p>}
      {shown.kind === "live" && sound.kind === "unsupported" && <p class="tile-note">{text.live.noSound(text.codec(sound.codec))}</p>}
      {shown.kind === "pictures" && <p class="tile-note">{pictureNote(shown.codec)}</p>}
    </div>
  );
}

function pictureNote(codec: string | null): string {
  if (codec === null) return text.live.noPlayer;
  return codec === MOTION_JPEG ? text.live.motionJpeg : text.live.unsupported(text.codec(codec));
}

/** What a tile shows: the camera's state as the recorder knows it, and the stream's as we do. */
type Condition =
  | { kind: "live"; latencyMs: number | null; capturedMs: number }
  | { kind: "pictures"; codec: string | null }
  | { kind: "connecting" }
  | { kind: "stalled"; sinceMs: number }
  | { kind: "blocked" }
  | { kind: "offline"; cause: string | null; nextTry: string | null }
  | { kind: "off" };

function conditionOf(camera: Camera, view: LiveView): Condition {
  if (camera.state === "off") return { kind: "off" };
  // A picture on the screen is better evidence than a status of a moment ago.
  if (view.kind === "playing") return { kind: "live", latencyMs: view.latencyMs, capturedMs: view.capturedMs };
  if (camera.state === "offline") return { kind: "offline", cause: camera.cause, nextTry: camera.next_try };
  if (view.kind === "offline") return { kind: "offline", cause: view.cause, nextTry: view.nextTry };
  if (view.kind === "unsupported") return { kind: "pictures", codec: view.codec };
  if (view.kind === "stalled") return { kind: "stalled", sinceMs: view.sinceMs };
  if (view.kind === "blocked") return { kind: "blocked" };
  return { kind: "connecting" };
}

function Badges({ camera, shown }: { camera: Camera; shown: Condition }) {
  return (
    <div class="badges">
      {shown.kind === "live" && <LatencyBadge latencyMs={shown.latencyMs} />}
      {shown.kind === "pictures" && (
        <span class="tag">
          <i class="dot red" />
          {text.live.pictures}
        </span>
      )}
      {camera.demo && <span class="tag demo">{text.live.demo}</span>}
      {camera.detection === "motion" && <span class="tag motion">{text.live.motion}</span>}
      {camera.detection === "restarting" && <span class="tag late">{text.live.restarting}</span>}
      {camera.objects.length > 0 && shown.kind !== "offline" && (
        <span class="tag there-now">
          <Icon name={lookOf(camera.objects[0]!.label).icon} />
          {listed(camera.objects)}
        </span>
      )}
      <Ailments camera={camera} offline={shown.kind === "offline"} />
      {camera.recording && shown.kind !== "offline" && (
        <span class="tag recording">
          <i class="dot red" />
          {text.live.recording}
        </span>
      )}
    </div>
  );
}

/** What is wrong with its pictures, in words. */
function Ailments({ camera, offline }: { camera: Camera; offline: boolean }) {
  const { recorder } = useApp();
  const zone = useWatched(recorder.zone);
  const now = useNow(60_000);
  // Over a camera that is offline stands that already.
  return ailmentsOf(camera, zone, now, offline).map((words) => (
    <span key={words} class="tag ailing" data-ailing={camera.name}>
      <Icon name="warning" />
      {words}
    </span>
  ));
}

/** Twice a second is enough for the eye, and steady enough to read. */
function LatencyBadge({ latencyMs }: { latencyMs: number | null }) {
  const newest = useRef(latencyMs);
  newest.current = latencyMs;
  const [read, setRead] = useState(latencyMs);
  useEffect(() => {
    const timer = window.setInterval(() => setRead(newest.current), 500);
    return () => clearInterval(timer);
  }, []);
  const value = read ?? latencyMs;
  return (
    <span class={value !== null && value > AMBER_MS ? "tag late" : "tag"}>
      <i class="dot red" />
      {text.live.badge(value === null ? "" : text.live.seconds(value))}
    </span>
  );
}

function Overlay({ camera, shown, hasPicture }: { camera: Camera; shown: Condition; hasPicture: boolean }) {
  switch (shown.kind) {
    case "live":
    case "pictures":
      return null;
    case "connecting":
      return <div class={hasPicture ? "overlay dim" : "overlay"}>{text.live.connecting}</div>;
    case "blocked":
      return <div class="overlay">{text.live.tapToPlay}</div>;
    case "off":
      return <div class="overlay dim">{text.live.off}</div>;
    case "stalled":
      return <Stalled sinceMs={shown.sinceMs} />;
    case "offline":
      return <Offline camera={camera} cause={shown.cause} nextTry={shown.nextTry} />;
  }
}

function Stalled({ sinceMs }: { sinceMs: number }) {
  useNow(1_000);
  return (
    <div class="overlay dim">
      <b>{text.live.stalled}</b>
      <span class="small">{text.live.stalledFor(roughLength((Date.now() - sinceMs) / 1000))}</span>
    </div>
  );
}

function Offline({ camera, cause, nextTry }: { camera: Camera; cause: string | null; nextTry: string | null }) {
  const now = useNow(1_000);
  const how = roughLength((now - Date.parse(camera.since)) / 1000);
  const left = nextTry === null ? null : (Date.parse(nextTry) - now) / 1000;
  const words = camera.state !== "offline" ? text.live.offline : left === null ? text.live.offlineFor(how, null) : left < 1 ? text.live.offlineNow(how) : text.live.offlineFor(how, roughLength(left));
  return (
    <div class="overlay dim offline">
      <b>{words}</b>
      {cause && <span class="small">{cause}</span>}
      {camera.hint && <span class="small hint">{camera.hint}</span>}
    </div>
  );
}

function Poster({ camera, width }: { camera: string; width: number }) {
  const [missing, setMissing] = useState(false);
  const source = useMemo(() => address.poster(camera, width), [camera, width]);
  return missing ? null : <img class="poster" alt="" src={source} onError={() => setMissing(true)} />;
}

function useInView(frame: { current: HTMLElement | null }): boolean {
  const [inView, setInView] = useState(false);
  useEffect(() => {
    if (!frame.current) return undefined;
    const observer = new IntersectionObserver((entries) => setInView(entries.at(-1)?.isIntersecting ?? false), { rootMargin: "100px" });
    observer.observe(frame.current);
    return () => observer.disconnect();
  }, []);
  return inView;
}
