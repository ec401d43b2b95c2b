// Plays one camera's live stream: WebSocket in, MediaSource out, close to now, and back by itself after
// any fault. It owns its video element's source; what it shows is told through `view`.
import { address } from "../recorder/api";
import type { LiveMessage } from "../recorder/wire";
import { Watchable } from "../watchable";
import { ClockOffset } from "./clock_offset";
import { playableOf } from "./codecs";
import { fragmentOf } from "./fragment";
import { type Closeness, type Means, SILENT, type Stretch, WITH_SOUND, beginning, retryDelay, steer, trimTo } from "./latency";
import { Silencer } from "./silence";

export type LiveView =
  | { kind: "idle" }
  | { kind: "connecting" }
  /** `latencyMs` is from the camera's shutter (as the recorder saw it) to our screen; `null` while unknown. */
  | { kind: "playing"; latencyMs: number | null; capturedMs: number }
  | { kind: "stalled"; sinceMs: number }
  | { kind: "offline"; cause: string | null; nextTry: string | null }
  /** The browser wants a touch before it plays. */
  | { kind: "blocked" }
  /** The browser cannot play this codec, or no stream at all. */
  | { kind: "unsupported"; codec: string | null };

export type LiveSound =
  /** There is none, or it is not wanted. */
  | { kind: "none" }
  | { kind: "playing" }
  /** The browser cannot play it. */
  | { kind: "unsupported"; codec: string }
  /** The browser wants a touch before it makes a sound. */
  | { kind: "blocked" };

/** Without a picture for this long, it is no longer called live. */
const STALL_MS = 3_000;
/** Without a picture for this long, the connection is given up. */
const GIVE_UP_MS = 10_000;
const LOOK_MS = 250;
const PING_MS = 2_000;

type AnyMediaSource = MediaSource & { streaming?: boolean };
type MediaSourceMaker = { new (): AnyMediaSource; isTypeSupported(type: string): boolean };

function mediaSourceMaker(): MediaSourceMaker | null {
  const scope = window as { ManagedMediaSource?: MediaSourceMaker; MediaSource?: MediaSourceMaker };
  return scope.MediaSource ?? scope.ManagedMediaSource ?? null;
}

/** Safari stutters when the rate changes; there, only seeking remains. */
function means(): Means {
  return "ManagedMediaSource" in window ? "seek only" : "rate and seek";
}

export class LivePlayer {
  readonly view = new Watchable<LiveView>({ kind: "idle" });
  readonly lowBandwidth = new Watchable(false);
  readonly sound = new Watchable<LiveSound>({ kind: "none" });
  private soundWanted = false;
  private readonly clock = new ClockOffset();
  private connection: Connection | null = null;
  private failures = 0;
  private retryTimer: number | undefined;
  private lookTimer: number | undefined;
  private lastPicture = 0;

  constructor(
    private readonly camera: string,
    private readonly video: HTMLVideoElement,
  ) {}

  /** Begins to play, or goes on. */
  start(): void {
    if (this.connection || this.retryTimer !== undefined || this.view.get().kind === "unsupported") return;
    this.failures = 0;
    this.connect();
  }

  /** Closes the connection; the last picture stays in the element. */
  stop(): void {
    this.drop();
    if (this.view.get().kind !== "unsupported") this.view.set({ kind: "idle" });
  }

  /** Plays with sound or without. For sound the stream begins anew, unless it is there already. */
  wantSound(wanted: boolean): void {
    if (wanted === this.soundWanted) return;
    this.soundWanted = wanted;
    this.video.muted = !wanted;
    if (!wanted) {
      this.sound.set({ kind: "none" });
    } else if (this.connection) {
      this.drop();
      this.connect();
    }
  }

  /** Does not wait for the next try; for when the network or the camera has come back. */
  hurry(): void {
    if (this.retryTimer === undefined) return;
    this.drop();
    this.failures = 0;
    this.connect();
  }

  private connect(): void {
    const maker = mediaSourceMaker();
    if (!maker) {
      this.view.set({ kind: "unsupported", codec: null });
      return;
    }
    if (this.view.get().kind !== "stalled") this.view.set({ kind: "connecting" });
    this.lastPicture = performance.now();
    this.connection = new Connection(this.camera, this.video, maker, this.clock, this.soundWanted, {
      shown: (captured) => this.shown(captured),
      offline: (cause, nextTry) => this.view.set({ kind: "offline", cause, nextTry }),
      restarted: () => this.restarted(),
      slow: () => this.lowBandwidth.set(true),
      sounds: (sound) => this.sound.set(sound),
      blocked: () => this.blocked(),
      unsupported: (codec) => {
        this.drop();
        this.view.set({ kind: "unsupported", codec });
      },
      failed: () => this.failed(),
    });
    this.lookTimer = window.setInterval(() => this.look(), LOOK_MS);
  }

  /** Without sound it may well be allowed to play. */
  private blocked(): void {
    if (this.video.muted) {
      this.view.set({ kind: "blocked" });
      return;
    }
    this.wantSound(false);
    this.sound.set({ kind: "blocked" });
  }

  private restarted(): void {
    this.lastPicture = performance.now();
    if (this.view.get().kind === "offline") this.view.set({ kind: "connecting" });
  }

  private shown(captured: number): void {
    this.lastPicture = performance.now();
    this.failures = 0;
    const offset = this.clock.get();
    const latencyMs = offset === null ? null : Math.max(0, Date.now() + offset - captured);
    this.view.set({ kind: "playing", latencyMs, capturedMs: captured });
  }

  /** Tells a standing picture from a live one. A hidden page shows no pictures, so it says nothing then. */
  private look(): void {
    const now = performance.now();
    if (document.hidden) {
      this.lastPicture = now;
      this.connection?.excuse(now);
      return;
    }
    const kind = this.view.get().kind;
    const silent = now - this.lastPicture;
    // No pictures are due, but answers to our pings.
    if (kind === "offline" || kind === "blocked") {
      if (this.connection && now - this.connection.lastHeard > GIVE_UP_MS) this.failed();
      return;
    }
    if (silent > GIVE_UP_MS) this.failed();
    else if (silent >= STALL_MS && kind === "playing") this.view.set({ kind: "stalled", sinceMs: Date.now() - silent });
  }

  private failed(): void {
    const view = this.view.get();
    this.drop();
    if (view.kind !== "offline") {
      this.view.set(view.kind === "stalled" || view.kind === "playing" ? { kind: "stalled", sinceMs: Date.now() } : { kind: "connecting" });
    }
    this.failures += 1;
    // A little chance, so that six tiles do not all knock at once.
    const delay = retryDelay(this.failures) * (0.9 + 0.2 * Math.random());
    this.retryTimer = window.setTimeout(() => {
      this.retryTimer = undefined;
      this.connect();
    }, delay);
  }

  private drop(): void {
    clearTimeout(this.retryTimer);
    clearInterval(this.lookTimer);
    this.retryTimer = undefined;
    this.connection?.close();
    this.connection = null;
    this.lowBandwidth.set(false);
  }
}

interface Reports {
  /** A picture is on the screen; captured at this time, milliseconds since 1970 by the recorder's clock. */
  shown(captured: number): void;
  offline(cause: string | null, nextTry: string | null): void;
  restarted(): void;
  slow(): void;
  sounds(sound: LiveSound): void;
  blocked(): void;
  unsupported(codec: string): void;
  failed(): void;
}

/** One WebSocket and what it feeds. Reports at most one end, and nothing after `close`. */
class Connection {
  private readonly socket: WebSocket;
  private readonly pinger: number;
  private feed: Feed | null = null;
  private closed = false;
  private heardAt = performance.now();

  constructor(
    camera: string,
    private readonly video: HTMLVideoElement,
    private readonly maker: MediaSourceMaker,
    private readonly clock: ClockOffset,
    private readonly withSound: boolean,
    private readonly reports: Reports,
  ) {
    this.socket = new WebSocket(address.live(camera));
    this.socket.binaryType = "arraybuffer";
    this.socket.onopen = () => this.ping();
    this.socket.onmessage = ({ data }) => {
      this.heardAt = performance.now();
      if (typeof data === "string") this.hear(JSON.parse(data) as LiveMessage);
      else this.feed?.take(data as ArrayBuffer);
    };
    this.socket.onclose = () => this.fail();
    this.pinger = window.setInterval(() => this.ping(), PING_MS);
  }

  /** When any message came, by `performance.now()`. */
  get lastHeard(): number {
    return this.heardAt;
  }

  /** Silence until `now` does not count: a hidden page hardly pings. */
  excuse(now: number): void {
    this.heardAt = now;
  }

  close(): void {
    if (this.closed) return;
    this.closed = true;
    clearInterval(this.pinger);
    this.socket.onclose = null;
    this.socket.onmessage = null;
    this.socket.close();
    this.feed?.close();
  }

  private fail(): void {
    if (!this.closed) this.reports.failed();
  }

  private ping(): void {
    if (this.socket.readyState === WebSocket.OPEN) this.socket.send(JSON.stringify({ type: "ping", t: performance.now() }));
  }

  private hear(message: LiveMessage): void {
    switch (message.type) {
      case "stream":
        this.begin(message.codec);
        return;
      case "offline":
        this.reports.offline(message.cause, message.next_try);
        return;
      case "low_bandwidth":
        this.reports.slow();
        return;
      case "pong": {
        const received = performance.now();
        const ourEpoch = Date.now() - received;
        this.clock.add(ourEpoch + message.t, ourEpoch + received, message.now / 1_000);
      }
    }
  }

  private begin(codecs: string): void {
    this.feed?.close();
    this.feed = null;
    const typeOf = (some: string) => `video/mp4; codecs="${some}"`;
    const playable = playableOf(codecs, (some) => this.maker.isTypeSupported(typeOf(some)));
    if (playable.kind === "pictures only") {
      this.reports.unsupported(playable.codec);
      return;
    }
    const { codec, hasSound, silencedCodec } = playable;
    const sounding = hasSound && this.withSound;
    if (this.withSound) this.reports.sounds(sounding ? { kind: "playing" } : silencedCodec !== null ? { kind: "unsupported", codec: silencedCodec } : { kind: "none" });
    this.reports.restarted();
    const picture = codec.split(",")[0] ?? codec;
    this.feed = new Feed(this.video, new this.maker(), typeOf(sounding ? codec : picture), sounding ? null : new Silencer(), {
      shown: (captured) => this.closed || this.reports.shown(captured),
      blocked: () => this.closed || this.reports.blocked(),
      failed: () => this.fail(),
    });
  }
}

/** One MediaSource, from its init segment to its end. */
class Feed {
  private readonly address: string;
  private readonly waiting: Uint8Array[] = [];
  private buffer: SourceBuffer | null = null;
  /** Capture time less media time, in milliseconds: puts the media on the recorder's clock. */
  private origin: number | null = null;
  private initialised = false;
  private started = false;
  private closed = false;
  private readonly closeness: Closeness;

  constructor(
    private readonly video: HTMLVideoElement,
    private readonly source: AnyMediaSource,
    type: string,
    /** What takes its sound out; `null`: nothing does. */
    private readonly silencer: Silencer | null,
    private readonly reports: Pick<Reports, "shown" | "blocked" | "failed"> | { shown(captured: number): unknown; blocked(): unknown; failed(): void },
  ) {
    this.closeness = silencer ? SILENT : WITH_SOUND;
    this.address = URL.createObjectURL(source);
    video.disableRemotePlayback = true; // Else iOS gives no ManagedMediaSource.
    video.src = this.address;
    video.onerror = () => this.closed || this.reports.failed();
    source.addEventListener("sourceopen", () => this.open(type), { once: true });
    this.watchPictures();
  }

  /** The init segment comes as it is; each picture behind its head. */
  take(message: ArrayBuffer): void {
    if (!this.initialised) {
      this.initialised = true;
      const bytes = new Uint8Array(message);
      this.silencer?.init(bytes);
      this.waiting.push(bytes);
    } else {
      const fragment = fragmentOf(message);
      if (!fragment) return;
      this.silencer?.fragment(fragment.bytes);
      this.origin = fragment.captured - fragment.at * 1_000;
      this.waiting.push(fragment.bytes);
    }
    this.pump();
  }

  close(): void {
    this.closed = true;
    this.video.onerror = null;
    URL.revokeObjectURL(this.address);
  }

  private open(type: string): void {
    if (this.closed) return;
    try {
      this.buffer = this.source.addSourceBuffer(type);
    } catch {
      this.reports.failed();
      return;
    }
    this.buffer.mode = "segments";
    this.buffer.addEventListener("updateend", () => this.updated());
    this.pump();
  }

  private pump(): void {
    const buffer = this.buffer;
    if (this.closed || !buffer || buffer.updating || this.waiting.length === 0 || this.source.readyState !== "open") return;
    const bytes = joined(this.waiting);
    try {
      buffer.appendBuffer(bytes as BufferSource);
      this.waiting.length = 0;
    } catch (error) {
      if (error instanceof DOMException && error.name === "QuotaExceededError") this.makeRoom(buffer);
      else this.reports.failed();
    }
  }

  /** Throws away everything shown already; `updateend` then tries the append again. */
  private makeRoom(buffer: SourceBuffer): void {
    const start = buffer.buffered.length > 0 ? buffer.buffered.start(0) : 0;
    const until = this.video.currentTime - 1;
    if (until > start) buffer.remove(start, until);
    else this.reports.failed();
  }

  private updated(): void {
    const buffer = this.buffer;
    if (this.closed || !buffer || this.source.readyState !== "open") return;
    const stretches = stretchesOf(buffer.buffered);
    if (stretches.length > 0) this.keepClose(stretches);
    const until = trimTo(this.video.currentTime, stretches);
    if (until !== null && !buffer.updating) buffer.remove(stretches[0]!.start, until);
    this.pump();
  }

  private keepClose(stretches: readonly Stretch[]): void {
    const { video } = this;
    if (!this.started) {
      const first = beginning(stretches, this.closeness);
      if (first === null) return;
      this.started = true;
      video.currentTime = first;
    }
    if (video.paused && !document.hidden) this.play();
    if (video.seeking) return;
    const steering = steer(video.currentTime, stretches, means(), this.closeness);
    if (steering.kind === "jump" && !document.hidden) video.currentTime = steering.to;
    if (steering.kind === "rate" && video.playbackRate !== steering.rate) video.playbackRate = steering.rate;
  }

  private play(): void {
    this.video.play().catch((error: unknown) => {
      if (error instanceof DOMException && error.name === "NotAllowedError") this.reports.blocked();
    });
  }

  private watchPictures(): void {
    const { video } = this;
    const tell = (at: number) => {
      if (this.origin !== null) this.reports.shown(this.origin + at * 1_000);
    };
    if ("requestVideoFrameCallback" in video) {
      const next = (_now: number, picture: VideoFrameCallbackMetadata) => {
        if (this.closed) return;
        tell(picture.mediaTime);
        video.requestVideoFrameCallback(next);
      };
      video.requestVideoFrameCallback(next);
      return;
    }
    // Older browsers: whenever the position has moved, a picture was shown.
    const element: HTMLVideoElement = video;
    let before = element.currentTime;
    const timer = window.setInterval(() => {
      if (this.closed) clearInterval(timer);
      else if (element.currentTime !== before && !element.seeking) tell((before = element.currentTime));
    }, 100);
  }
}

function joined(parts: readonly Uint8Array[]): Uint8Array {
  const [only] = parts;
  if (parts.length === 1 && only) return only;
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.byteLength, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.byteLength;
  }
  return whole;
}

function stretchesOf(ranges: TimeRanges): Stretch[] {
  return Array.from({ length: ranges.length }, (_, index) => ({ start: ranges.start(index), end: ranges.end(index) }));
}
