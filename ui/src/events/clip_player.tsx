// Plays an event's clip with our own controls: the seek track tells what came before the trigger.
import type { ComponentChildren, RefObject } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import { length, position } from "../lengths";
import { movedShown, showMoved, showText, soundWanted, textShown } from "../choices";
import { type Api, Refused, address, told } from "../recorder/api";
import { useApp } from "../recorder/context";
import type { Event, Trace } from "../recorder/wire";
import { canFullscreen, toggleFullscreen } from "../shell/fullscreen";
import { Icon, type IconName } from "../shell/icons";
import { whoWas } from "../objects/words";
import { text } from "../text";
import { useWatched } from "../watchable";
import { clipStart, keyPicture } from "./moved";
import { LevelTrack, WhatMoved } from "./moved_view";

export interface ClipControls {
  toggle(): void;
  /** Pictures forward (1) or back (-1). */
  step(pictures: number): void;
  /** Seconds forward or back. */
  skip(seconds: number): void;
  /** To a moment, in milliseconds since 1970. */
  goTo(instant: number): void;
  fullscreen(): void;
  text(): void;
  /** Boxes around what moved, or none. */
  moved(): void;
  sound(): void;
}

interface Props {
  event: Event;
  /** What moved in it, as far as that is known. */
  traces: readonly Trace[];
  /** What to show where there is no footage but photos; opens one large. */
  instead: ComponentChildren;
  controls: RefObject<ClipControls | null>;
  onNewer: (() => void) | null;
  onOlder: (() => void) | null;
}

/** Where the camera does not tell how many pictures a second it sends. */
const USUAL_FPS = 15;
/** How long to wait for more of an event that still goes on, in milliseconds. */
const MORE_MS = 2_000;

/** How far behind the recorder's clock the clip of a going event ends, in milliseconds. */
const SETTLED_MS = 2_000;

type Trouble = { kind: "codec"; name: string } | { kind: "photos only" } | { kind: "other"; why: string };

export function ClipPlayer({ event, traces, instead, controls, onNewer, onOlder }: Props) {
  const { recorder } = useApp();
  const camera = useWatched(recorder.status)?.cameras.find((one) => one.name === event.camera);
  const stage = useRef<HTMLDivElement>(null);
  const video = useRef<HTMLVideoElement>(null);
  const [at, setAt] = useState(0);
  const [whole, setWhole] = useState(0);
  const [size, setSize] = useState({ width: 0, height: 0 });
  const [playing, setPlaying] = useState(false);
  const [ready, setReady] = useState(false);
  const [trouble, setTrouble] = useState<Trouble | null>(null);
  const [hasSound, setHasSound] = useState(camera?.audio ?? false);
  const going = useMoreOf(event, video);
  const sound = useWatched(soundWanted);
  const words = useWatched(textShown);
  const boxes = useWatched(movedShown);
  // Of a camera that takes photos there may be no footage: one asks before a player fails.
  const [asking, setAsking] = useState(camera?.record === "photos" && event.photos > 0);

  const fps = camera?.fps ?? USUAL_FPS;
  const seek = (to: number) => {
    if (!video.current) return;
    video.current.currentTime = Math.min(Math.max(0, to), video.current.duration || 0);
    setAt(video.current.currentTime);
  };
  const now = () => video.current?.currentTime ?? 0;
  controls.current = {
    toggle: () => (video.current?.paused ? void video.current.play().catch(() => undefined) : video.current?.pause()),
    step: (pictures) => {
      video.current?.pause();
      // The middle of the next picture: its very edge may round to the one before.
      seek((Math.floor(now() * fps + 0.01) + pictures + 0.5) / fps);
    },
    skip: (seconds) => seek(now() + seconds),
    goTo: (instant) => seek((instant - clipStart(event, whole)) / 1000),
    fullscreen: () => toggleFullscreen(stage.current),
    text: () => showText(!words),
    moved: () => showMoved(!boxes),
    sound: () => soundWanted.set(!sound),
  };

  useEffect(() => {
    if (!asking) return undefined;
    let current = true;
    const found = (trouble: Trouble | null) => {
      if (!current) return;
      setTrouble(trouble);
      setAsking(false);
    };
    recorder.api.clipIsThere(event.id, going.to).then(
      () => found(null),
      (error: unknown) => found(missing(error, event)),
    );
    return () => {
      current = false;
    };
  }, []);

  useEffect(() => {
    if (video.current) video.current.muted = !sound;
  }, [sound, asking, trouble]);

  // A track that is not shown is not even loaded.
  useEffect(() => {
    const track = video.current?.textTracks[0];
    if (track) track.mode = words ? "showing" : "disabled";
  }, [words, asking, trouble, going.to]);

  // The position moves with the screen, not with the four events a second that the element sends.
  useEffect(() => {
    if (!playing) return undefined;
    let frame = requestAnimationFrame(function follow() {
      setAt(now());
      frame = requestAnimationFrame(follow);
    });
    return () => cancelAnimationFrame(frame);
  }, [playing]);

  const failed = async () => {
    const broken = video.current?.error?.code === MediaError.MEDIA_ERR_NETWORK;
    setPlaying(false);
    setTrouble(await troubleOf(event, going.to, broken, camera?.codec ?? null, recorder.api));
  };

  if (asking) return <p class="clip-message">{text.clip.loading}</p>;
  if (trouble) return <Instead event={event} trouble={trouble} photos={instead} onNewer={onNewer} onOlder={onOlder} />;
  return (
    <>
      <div ref={stage} class="clip-picture">
        <video
          ref={video}
          src={address.clip(event.id, going.to)}
          poster={event.snapshot ? address.picture(event.id, "clean") : undefined}
          autoplay
          muted={!sound}
          playsInline
          preload="auto"
          tabIndex={-1}
          aria-label={text.clip.title(whoWas(event), event.camera)}
          onClick={() => controls.current?.toggle()}
          onLoadedMetadata={(loaded) => {
            const element = loaded.currentTarget;
            setWhole(element.duration);
            setSize({ width: element.videoWidth, height: element.videoHeight });
            going.loaded(element);
            // A browser that knows the container but not the codec plays an empty picture.
            if (element.videoWidth === 0) void failed();
          }}
          onDurationChange={(changed) => setWhole(changed.currentTarget.duration || 0)}
          onCanPlay={() => setReady(true)}
          onPlay={() => setPlaying(true)}
          onPause={() => setPlaying(false)}
          onSeeked={() => setAt(now())}
          onTimeUpdate={(update) => {
            setAt(now());
            if (sounds(update.currentTarget)) setHasSound(true);
          }}
          onEnded={going.ended}
          onError={() => void failed()}
        >
          <track key={String(going.to)} kind="captions" src={address.clipText(event.id, going.to)} label={text.clip.text} />
        </video>
        {boxes && size.width > 0 && <WhatMoved traces={traces} event={event} at={at} whole={whole} {...size} />}
        {!ready && <span class="clip-wait">{text.clip.loading}</span>}
        {going.waiting && <span class="clip-wait">{text.clip.waitForMore}</span>}
      </div>
      <div class="controls">
        <Track at={at} whole={whole} preRoll={preRollIn(event, whole)} curve={<LevelTrack event={event} whole={whole} />} onSeek={seek} />
        <div class="buttons">
          <Control icon="newer" label={text.clip.previous} onClick={onNewer} />
          <button class="button primary round" aria-label={playing ? text.clip.pause : text.clip.play} onClick={() => controls.current?.toggle()}>
            <Icon name={playing ? "pause" : "play"} filled />
          </button>
          <Control icon="older" label={text.clip.next} onClick={onOlder} />
          <Control icon="frameBack" label={text.clip.frameBack} onClick={() => controls.current?.step(-1)} />
          <Control icon="frameForward" label={text.clip.frameForward} onClick={() => controls.current?.step(1)} />
          <span class="quiet clip-time">
            {position(at)} / {position(whole)}
          </span>
          <span class="spring" />
          {traces.length > 0 && <Toggle icon="moved" pressed={boxes} label={boxes ? text.clip.hideMoved : text.clip.showMoved} onClick={() => controls.current?.moved()} />}
          <Toggle icon="words" pressed={words} label={words ? text.clip.hideText : text.clip.showText} onClick={() => controls.current?.text()} />
          {hasSound && (
            <Toggle icon={sound ? "soundOn" : "soundOff"} pressed={sound} label={sound ? text.clip.soundOff : text.clip.soundOn} onClick={() => controls.current?.sound()} />
          )}
          {canFullscreen() && <Control icon="fullscreen" label={text.clip.fullscreen} onClick={() => controls.current?.fullscreen()} />}
        </div>
      </div>
    </>
  );
}

function Control({ icon, label, onClick }: { icon: IconName; label: string; onClick: (() => void) | null }) {
  return (
    <button class="button round" aria-label={label} title={label} disabled={onClick === null} onClick={() => onClick?.()}>
      <Icon name={icon} />
    </button>
  );
}

/** Its words tell what it does next, so it is not called pressed to those who hear it. */
function Toggle({ icon, pressed, label, onClick }: { icon: IconName; pressed: boolean; label: string; onClick: () => void }) {
  return (
    <button class="button round" data-on={pressed ? "" : undefined} aria-label={label} title={label} onClick={onClick}>
      <Icon name={icon} />
    </button>
  );
}

interface TrackProps {
  at: number;
  whole: number;
  /** Seconds before the trigger. */
  preRoll: number;
  /** Lies over it. */
  curve: ComponentChildren;
  onSeek: (to: number) => void;
}

function Track({ at, whole, preRoll, curve, onSeek }: TrackProps) {
  const share = (seconds: number) => `${whole > 0 ? Math.min(100, (100 * seconds) / whole) : 0}%`;
  return (
    <div class="seek">
      <span class="before" style={{ width: share(preRoll) }} />
      <span class="played" style={{ width: share(at) }} />
      {curve}
      {preRoll > 0 && whole > 0 && (
        <>
          <span class="trigger" style={{ left: share(preRoll) }} />
          <span class="before-word">{text.clip.before(length(preRoll))}</span>
        </>
      )}
      <span class="playhead" style={{ left: share(at) }} />
      <input
        type="range"
        min={0}
        max={whole || 1}
        step={0.05}
        value={at}
        aria-label={text.clip.seek}
        aria-valuetext={text.clip.at(position(at), position(whole))}
        onInput={(event) => onSeek(Number(event.currentTarget.value))}
      />
    </div>
  );
}

interface InsteadProps {
  event: Event;
  trouble: Trouble;
  photos: ComponentChildren;
  onNewer: (() => void) | null;
  onOlder: (() => void) | null;
}

/** Where the clip cannot be played: why, and the marked picture or the photos. */
function Instead({ event, trouble, photos, onNewer, onOlder }: InsteadProps) {
  return (
    <>
      {trouble.kind === "photos only" ? (
        photos
      ) : (
        <div class="clip-picture">{event.snapshot && <img src={address.picture(event.id, "marked")} alt={text.clip.title(whoWas(event), event.camera)} />}</div>
      )}
      <p class="clip-message" role="status">
        {trouble.kind === "codec" ? text.clip.notPlayable(trouble.name, event.snapshot) : trouble.kind === "photos only" ? text.clip.photosInstead : text.clip.failed(trouble.why)}
      </p>
      <div class="controls">
        <div class="buttons">
          <Control icon="newer" label={text.clip.previous} onClick={onNewer} />
          <Control icon="older" label={text.clip.next} onClick={onOlder} />
        </div>
      </div>
    </>
  );
}

/**
 * The video element only says "no"; the recorder knows whether the clip is there at all. `broken`: the
 * connection was lost on the way.
 */
async function troubleOf(event: Event, to: number | null, broken: boolean, codec: string | null, api: Api): Promise<Trouble> {
  try {
    await api.clipIsThere(event.id, to);
  } catch (error) {
    return missing(error, event);
  }
  if (broken) return { kind: "other", why: text.clip.unreachable };
  return { kind: "codec", name: codec === null ? text.clip.someFormat : text.codec(codec) };
}

function missing(error: unknown, event: Event): Trouble {
  const noFootage = error instanceof Refused && error.status === 404;
  return noFootage && event.photos > 0 ? { kind: "photos only" } : { kind: "other", why: told(error) };
}

/** Whether it has sound; each browser tells it in its own way, and some only once it plays. */
function sounds(video: HTMLVideoElement): boolean {
  const told = video as { mozHasAudio?: boolean; webkitAudioDecodedByteCount?: number; audioTracks?: { length: number } };
  return told.mozHasAudio === true || (told.webkitAudioDecodedByteCount ?? 0) > 0 || (told.audioTracks?.length ?? 0) > 0;
}

/**
 * How much of the clip lies before the trigger. A clip begins at the key picture before the event's start,
 * so it is measured from the end, where the event's end is known to be the clip's.
 */
function preRollIn(event: Event, whole: number): number {
  return Math.min(whole, event.pre_roll + keyPicture(event, whole));
}

/**
 * Up to when to play: `null`, the whole clip, once the event has ended. While it goes on its clip grows, and
 * all requests of one playback must see one file; of the last moments the footage may not be there yet.
 */
function endOfClip(event: Event, now: number): number | null {
  return event.end === null ? Math.max(now - SETTLED_MS, Date.parse(event.start) + 1_000) : null;
}

interface Going {
  to: number | null;
  /** Whether it waits for more of the event. */
  waiting: boolean;
  /** For when all that was there has been played. */
  ended: () => void;
  /** For when the clip's length is known. */
  loaded: (element: HTMLVideoElement) => void;
}

/** Asks for a longer clip when all that was there of a going event has been played. */
function useMoreOf(event: Event, video: { current: HTMLVideoElement | null }): Going {
  const { recorder } = useApp();
  const [to, setTo] = useState(() => endOfClip(event, recorder.now()));
  const [waiting, setWaiting] = useState(false);
  const newest = useRef(event);
  newest.current = event;
  const goOnAt = useRef<number | null>(null);
  const timer = useRef<number | undefined>(undefined);
  useEffect(() => () => clearTimeout(timer.current), []);

  return {
    to,
    waiting,
    ended: () => {
      if (to === null || waiting) return;
      setWaiting(true);
      timer.current = window.setTimeout(() => {
        goOnAt.current = video.current?.currentTime ?? null;
        // Once the event has ended, this is the rest.
        setTo(endOfClip(newest.current, recorder.now()));
      }, MORE_MS);
    },
    loaded: (element) => {
      setWaiting(false);
      if (goOnAt.current !== null) element.currentTime = Math.min(goOnAt.current, element.duration);
      goOnAt.current = null;
    },
  };
}
