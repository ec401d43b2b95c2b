// What the recorder says, as version 1 of its API tells it. Times are RFC 3339.

export interface Session {
  name: string;
  role: "owner" | "member" | "viewer";
}

export type CameraState = "connecting" | "live" | "offline" | "off";

export interface Camera {
  name: string;
  state: CameraState;
  since: string;
  cause: string | null;
  hint: string | null;
  next_try: string | null;
  record: "events" | "continuous" | "off";
  recording: boolean;
  detection: "watching" | "motion" | "off" | "restarting";
  demo: boolean;
  width: number | null;
  height: number | null;
  /** RFC 6381, e.g. `avc1.64001f`. */
  codec: string | null;
  fps: number | null;
  /** Bits per second. */
  bitrate: number | null;
}

export interface Fault {
  where: string;
  message: string;
  hint: string | null;
  since: string;
}

export interface Monitoring {
  monitoring: boolean;
  since: string;
  by: string | null;
}

export interface Status extends Monitoring {
  now: string;
  /** IANA name of the recorder's time zone. */
  time_zone: string;
  version: string;
  cameras: Camera[];
  faults: Fault[];
  /** Bytes. */
  disk: { total: number; free: number; used_by_recordings: number };
}

export interface Event {
  id: string;
  camera: string;
  start: string;
  triggered: string;
  end: string | null;
  ended: "quiet" | "cut" | "stopped" | "interrupted" | null;
  kinds: string[];
  kept: boolean;
  snapshot: boolean;
  /** Seconds; so far, while it goes on. */
  duration: number;
  /** Seconds from `start` to `triggered`. */
  pre_roll: number;
}

export interface EventPage {
  events: Event[];
  next: string | null;
  total: number;
}

/** The body of every refusal. */
export interface Refusal {
  error: { code: string; message: string; hint?: string | null; tries_left?: number };
}

/** What the live WebSocket says in text. */
export type LiveMessage =
  | { type: "stream"; codec: string; width: number; height: number; fps: number | null; id: number }
  | { type: "offline"; cause: string | null; next_try: string | null }
  | { type: "low_bandwidth" }
  | { type: "pong"; t: number; now: number };
