// What the recorder says, as version 1 of its API tells it. Times are RFC 3339.

export interface Session {
  name: string;
  role: "owner" | "member" | "viewer";
}

export type CameraState = "connecting" | "live" | "offline" | "off";

/** How many of one label. */
export interface LabelCount {
  label: string;
  count: number;
}

/** What can be wrong with a camera's pictures. */
export type Ailment = "no_pictures" | "frozen" | "black" | "white" | "covered" | "defocused" | "moved" | "slow";

export interface Camera {
  name: string;
  state: CameraState;
  since: string;
  cause: string | null;
  hint: string | null;
  next_try: string | null;
  record: "events" | "continuous" | "photos" | "off";
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
  /** What is wrong with its pictures now. */
  health: { kind: Ailment; since: string }[];
  /** What else its owner should know. */
  note: string | null;
  /** Whether its sound is received. */
  audio: boolean;
  /** What is recorded by hand; `until: null`: until it is stopped. */
  manual: { since: string; until: string | null } | null;
  controls: { picture: boolean; ptz: boolean };
  /** What is recognised in its pictures now. */
  objects: LabelCount[];
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
  /** How many photos were taken of it. */
  photos: number;
  /** What was recognised, the best first; each label once, with its best score (0 to 1). */
  objects: (LabelCount & { score: number })[];
  recognition: Recognition;
  /** The sensors that had to do with it; absent where the recorder knows no sensors. */
  sensors?: readonly string[] | undefined;
}

/** Whether a detector looked at an event; `unknown`: it failed, so that somebody may have been there. */
export type Recognition = "off" | "known" | "unknown";

/** One thing through an event. */
export interface Sighting {
  /** That of its trace. */
  number: number;
  label: string;
  /** The best, 0 to 1. */
  score: number;
  first: string;
  last: string;
  zones: string[];
  deeds: Deed[];
}

/** What a thing did. */
export interface Deed {
  at: string;
  kind: "entered" | "left" | "loitered" | "crossed";
  zone: string | null;
  line: string | null;
  /** To where it crossed the line, as seen by who stands at its beginning and looks along it. */
  side: "left" | "right" | null;
}

export interface EventObjects {
  recognition: Recognition;
  objects: Sighting[];
}

/** What occurs in the events there are. */
export interface EventWords {
  labels: string[];
  zones: string[];
}

/** How many were recognised at a camera in a span of time, and what they did. */
export interface Counts {
  from: string;
  to: string;
  objects: LabelCount[];
  zones: { zone: string; label: string; entered: number; left: number; loitered: number }[];
  lines: { line: string; label: string; left: number; right: number }[];
}

/** How the detector is; what is not known of it is `null`. */
export interface DetectorState {
  state: "off" | "starting" | "ready" | "failing";
  since: string | null;
  /** The model's file, or the host that is asked. */
  name: string | null;
  engine: string | null;
  layout: string | null;
  /** Width and height of what it looks at, in pixels. */
  input: [number, number] | null;
  /** The classes it knows. */
  labels: string[] | null;
  /** How long a look took of late. */
  look_ms: number | null;
  note: string | null;
  cause: string | null;
  hint: string | null;
}

export interface EventPage {
  events: Event[];
  next: string | null;
  total: number;
}

export interface Photo {
  id: number;
  camera: string;
  taken: string;
  /** The event it was taken of. */
  event: string | null;
  width: number;
  height: number;
  bytes: number;
}

export interface PhotoPage {
  photos: Photo[];
  next: string | null;
  total: number;
}

/** A stretch of time in which something was wrong with a camera's pictures. */
export interface Trouble {
  camera: string;
  kind: Ailment;
  start: string;
  /** `null` while it lasts. */
  end: string | null;
  cause: string | null;
}

/** How a camera takes its pictures. */
export interface PictureSettings {
  /** Each key as it would stand in the configuration. */
  settings: Record<string, string>;
  /** The keys that differ from the configuration. */
  changed: string[];
}

/** A place a camera remembers. */
export interface Preset {
  id: string;
  name: string;
}

/** Where a camera can look. */
export interface Ptz {
  pan_tilt: boolean;
  zoom: boolean;
  home: boolean;
  presets: Preset[];
}

/** Speeds are -1 to 1 of the fastest the camera can; right, up and closer are positive. */
export type Movement = { pan: number; tilt: number; zoom: number; seconds: number } | { preset: string } | { home: true } | { stop: true };

/** How much must change, and how it must move. */
export interface Tuning {
  /** 0 sees only what is plain, 1 whatever may be something. */
  sensitivity: number;
  /** Share of the picture; `null`: what the sensitivity implies. */
  min_area: number | null;
  /** Grey levels; `null`: what the sensitivity implies. */
  min_pixel_delta: number | null;
  /** Share of the picture's diagonal. */
  min_travel: number;
  /** Of its own longer sides, in a second. */
  max_speed: number;
  /** 0 to 1. */
  straightness: number;
}

/** x and y as shares of the picture's width and height. */
export type Corners = readonly (readonly [number, number])[];

/** Left edge, upper edge, width and height as shares of the picture's. */
export type Box = readonly [left: number, top: number, width: number, height: number];

/** A part of the picture in which things count. */
export interface MotionZone {
  name: string;
  area: Corners;
  /** In place of the camera's, unless `null`; so is `min_area`. */
  sensitivity: number | null;
  min_area: number | null;
  /** Seconds. */
  min_time: number;
}

/** How high people are, as shares of the picture's height: at its lower edge, and with the feet at `far_at`. */
export interface PersonHeight {
  near: number;
  far: number;
  far_at: number;
}

/** What counts as motion on a camera. */
export interface MotionSettings extends Tuning {
  frames_per_second: number;
  /** `null`: the same as by day. */
  night: Tuning | null;
  zones: readonly MotionZone[];
  masks: readonly Corners[];
  person: PersonHeight | null;
}

export interface Motion {
  settings: MotionSettings;
  /** The keys that differ from the configuration. */
  changed: string[];
}

/** What moves now. */
export interface Moving {
  at: string;
  /** 0 (nothing) to 255 (the whole picture), by the square root of the share. */
  level: number;
  boxes: Box[];
  night: boolean;
  /** What is recognised in it. */
  objects: LiveObject[];
}

export interface LiveObject {
  number: number;
  label: string;
  /** 0 to 1. */
  score: number;
  box: Box;
  /** Whether it has stood there for a while, as a parked car does. */
  still: boolean;
}

export interface MotionLevels {
  start: string;
  /** Seconds in a step. */
  step: number;
  /** The most that moved in each step; `null` where nothing was looked at. */
  levels: (number | null)[];
}

/** What would have happened under other settings. */
export interface Replayed {
  /** Seconds that could be looked at. */
  covered: number;
  /** How many events there were, would have been, and would have been there too. */
  events: number;
  would: number;
  staying: number;
  vanishing: Event[];
  appearing: Appearing[];
}

/** An event that was not there and would have been. */
export interface Appearing {
  start: string;
  triggered: string;
  end: string;
  /** The moment that shows it best. */
  best: string;
  regions: Box[];
  footage: boolean;
  /** Where a picture of it is; `null` without footage. */
  picture: string | null;
}

/** The way of one thing through an event. */
export interface Trace {
  number: number;
  /** What it was recognised as; `null`: something that moved. */
  label: string | null;
  zones: string[];
  places: { at: string; box: Box }[];
}

/** A camera that is not in the configuration. */
export interface FoundCamera {
  name: string;
  kind: "onvif" | "v4l2" | "rpicam";
  address: string;
  /** What to write as `source`; `null`: its streams are to be asked for first. */
  source: string | null;
  details: string[];
}

export interface FoundStreams {
  streams: { name: string; codec: string; width: number | null; height: number | null; fps: number | null; url: string }[];
  /** What to put into the configuration; empty where no stream can be used. */
  settings: string;
}

/** What is wrong with a device. */
export interface DeviceFault {
  message: string;
  hint: string;
}

/** What a sensor's yes means; `measure`: it only measures. */
export type Senses = "motion" | "opening" | "doorbell" | "panic" | "button" | "tamper" | "measure";

/** What a sensor told last; `null`: it does not measure this, or did not tell it yet. */
export interface Reading {
  on: boolean | null;
  /** That this yes is of the moment: it is never taken back. */
  momentary: boolean;
  distance_mm: number | null;
  /** Nothing is in reach of it. */
  free: boolean;
  /** How bright its room is: 0 (dark) to 1. */
  brightness: number | null;
  /** At an analogue input: 0 to 1 of the greatest it can measure. */
  level: number | null;
  value: number | null;
  /** How full its battery is, 0 to 1. */
  battery: number | null;
}

export interface Sensor {
  name: string;
  kind: "serial" | "gpio" | "mcp3008" | "mqtt" | "sim";
  senses: Senses;
  /** Those that it triggers. */
  cameras: readonly string[];
  actions: readonly ("photo" | "clip" | "arm" | "disarm")[];
  /** Whether it acts while monitoring is off, too. */
  always: boolean;
  /** Whether it says yes; `null` while nobody knows. */
  active: boolean | null;
  /** Since when it is so. */
  since: string | null;
  /** When it was heard last. */
  seen: string | null;
  /** When it fired last. */
  fired: string | null;
  reading: Reading;
  /** It is a fault if nothing was heard of it for so long; `null`: it may be silent. */
  /** Lines or messages that could not be understood. */
  unreadable: number;
  heartbeat_seconds: number | null;
  fault: DeviceFault | null;
}

/** A lamp, mostly infrared, with an eye for how bright its room is. */
export interface Light {
  name: string;
  kind: "serial" | "sim";
  /** When it is planned to be on. */
  when: "always" | "armed" | "dark" | "hours" | "by_hand";
  /** The cameras whose room it lights. */
  cameras: readonly string[];
  /** As it says itself; `null` while nobody knows. */
  on: boolean | null;
  /** What somebody wants of it; `null`: as planned. */
  by_hand: boolean | null;
  /** Until when somebody wants it; `null`: until it is changed. */
  until: string | null;
  /** Of its room, 0 (dark) to 1. */
  brightness: number | null;
  seen: string | null;
  fault: DeviceFault | null;
}

/** Angles in degrees, 0 to 180. */
export interface Servo {
  name: string;
  kind: "pwm" | "sim";
  /** Where it is; `null` before it was ever moved. */
  angle: number | null;
  /** Where it goes, or stands. */
  target: number | null;
  /** Where it stands while monitoring is on. */
  angle_on: number;
  angle_off: number;
  fault: DeviceFault | null;
}

export interface Output {
  name: string;
  kind: "led" | "relay" | "siren";
  /** Whether it is played, and no pin at all. */
  sim: boolean;
  on: boolean;
  since: string;
  /** The sensor that it follows. */
  follows: string | null;
  /** It goes off by itself after so long; `null`: never. */
  max_on_seconds: number | null;
  fault: DeviceFault | null;
}

/** The MQTT broker. */
export interface Broker {
  /** Host and port. */
  broker: string;
  state: "up" | "connecting" | "down";
  since: string;
  cause: string | null;
  hint: string | null;
}

/** How everything that senses or obeys stands, in the order of the configuration. */
export interface Devices {
  sensors: readonly Sensor[];
  lights: readonly Light[];
  servos: readonly Servo[];
  outputs: readonly Output[];
  mqtt: Broker | null;
}

/** The body of every refusal. */
export interface Refusal {
  error: { code: string; message: string; hint?: string | null; tries_left?: number };
}

/** What the live WebSocket says in text. */
export type LiveMessage =
  /** `codec` names picture and sound, with a comma between; `mjpeg`: nothing follows, the MJPEG stream is to be shown. */
  | { type: "stream"; codec: string; width: number; height: number; fps: number | null; id: number }
  | { type: "offline"; cause: string | null; next_try: string | null }
  | { type: "low_bandwidth" }
  | { type: "pong"; t: number; now: number };
