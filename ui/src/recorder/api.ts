// Asks the recorder, and turns each way it may fail into one kind of error.
import { text } from "../text";
import type {
  Camera,
  Counts,
  Event,
  EventObjects,
  EventPage,
  EventWords,
  FoundCamera,
  FoundStreams,
  Monitoring,
  Motion,
  MotionLevels,
  MotionSettings,
  Movement,
  Photo,
  PhotoPage,
  PictureSettings,
  Preset,
  Ptz,
  Reading,
  Refusal,
  Replayed,
  Session,
  Status,
  Trace,
  Trouble,
} from "./wire";

const BASE = "/api/v1";

/** The recorder answered, and said no. */
export class Refused extends Error {
  constructor(
    readonly status: number,
    message: string,
    readonly hint: string | null,
    /** Wrong passwords still allowed, where the recorder tells. */
    readonly triesLeft: number | null,
    /** Seconds to wait, where the recorder tells. */
    readonly retryAfter: number | null,
  ) {
    super(message);
  }
}

/** The recorder did not answer. */
export class Unreachable extends Error {
  constructor() {
    super(text.connection.unreachable);
  }
}

/** What to show of any error. */
export function told(error: unknown): string {
  if (error instanceof Refused && error.hint) return `${error.message} ${error.hint}`;
  return error instanceof Error ? error.message : String(error);
}

export class Api {
  /** `onSessionLost` is called when the recorder no longer knows us; `onUnreachable` when it is silent. */
  constructor(
    private readonly onSessionLost: () => void,
    private readonly onUnreachable: () => void,
  ) {}

  setupNeeded = () => this.call<{ needed: boolean }>("GET", "/setup", { expectNoSession: true });
  setUp = (token: string, name: string, password: string) =>
    this.call<unknown>("POST", "/setup", { body: { token, name, password }, expectNoSession: true });
  signIn = (name: string, password: string) =>
    this.call<Session>("POST", "/session", { body: { name, password }, expectNoSession: true });
  session = (patience?: AbortSignal) => this.call<Session>("GET", "/session", patience ? { patience } : {});
  signOut = () => this.call<unknown>("DELETE", "/session");
  status = () => this.call<Status>("GET", "/status");
  setMonitoring = (on: boolean) => this.call<Monitoring>("POST", on ? "/start" : "/stop");
  /** `query` as in `events/query.ts`. */
  events = (query: URLSearchParams) => this.call<EventPage>("GET", `/events?${query}`);
  event = (id: string) => this.call<Event>("GET", `/events/${encodeURIComponent(id)}`);
  keep = (id: string, kept: boolean) => this.call<Event>("PATCH", `/events/${encodeURIComponent(id)}`, { body: { kept } });
  remove = (id: string) => this.call<unknown>("DELETE", `/events/${encodeURIComponent(id)}`);
  restore = (id: string) => this.call<Event>("POST", `/events/${encodeURIComponent(id)}/restore`);

  /** `seconds: null`: until it is stopped. */
  record = (camera: string, seconds: number | null) => this.call<Camera>("POST", `${cameraPath(camera)}/record`, { body: seconds === null ? {} : { seconds } });
  stopRecording = (camera: string) => this.call<Camera>("DELETE", `${cameraPath(camera)}/record`);
  takePhoto = (camera: string) => this.call<Photo>("POST", `${cameraPath(camera)}/photo`);
  /** `query` as in `photos/query.ts`. */
  photos = (query: URLSearchParams) => this.call<PhotoPage>("GET", `/photos?${query}`);
  removePhoto = (id: number) => this.call<unknown>("DELETE", `/photos/${id}`);
  /** Those of one camera that reach past `from`, milliseconds since 1970; oldest first. */
  troubles = (camera: string, from: number) =>
    this.call<{ troubles: Trouble[] }>("GET", `/troubles?${new URLSearchParams({ camera, from: new Date(from).toISOString() })}`);

  pictureSettings = (camera: string) => this.call<PictureSettings>("GET", `${cameraPath(camera)}/picture`);
  changePicture = (camera: string, changes: Record<string, string>) => this.call<PictureSettings>("PATCH", `${cameraPath(camera)}/picture`, { body: changes });
  resetPicture = (camera: string) => this.call<PictureSettings>("DELETE", `${cameraPath(camera)}/picture`);

  motion = (camera: string) => this.call<Motion>("GET", `${cameraPath(camera)}/motion`);
  changeMotion = (camera: string, settings: MotionSettings) => this.call<Motion>("PUT", `${cameraPath(camera)}/motion`, { body: settings });
  resetMotion = (camera: string) => this.call<Motion>("DELETE", `${cameraPath(camera)}/motion`);
  /** What would have happened from `from` to `to`, milliseconds since 1970; given up when `patience` ends. */
  replayMotion = (camera: string, from: number, to: number, settings: MotionSettings, patience: AbortSignal) =>
    this.call<Replayed>("POST", `${cameraPath(camera)}/motion/replay`, { body: { from: new Date(from).toISOString(), to: new Date(to).toISOString(), settings }, patience });
  /** `step`: seconds. */
  motionLevels = (camera: string, from: number, to: number, step: number) =>
    this.call<MotionLevels>("GET", `${cameraPath(camera)}/motion/levels?${new URLSearchParams({ from: new Date(from).toISOString(), to: new Date(to).toISOString(), step: `${step}s` })}`);
  /** What was recognised in it. */
  objects = (id: string) => this.call<EventObjects>("GET", `/events/${encodeURIComponent(id)}/objects`);
  /** What can be searched for. */
  eventWords = () => this.call<EventWords>("GET", "/events/words");
  /** From `from` to `to`, milliseconds since 1970. */
  counts = (camera: string, from: number, to: number) =>
    this.call<Counts>("GET", `${cameraPath(camera)}/counts?${new URLSearchParams({ from: new Date(from).toISOString(), to: new Date(to).toISOString() })}`);
  traces = (id: string) => this.call<{ traces: Trace[] }>("GET", `/events/${encodeURIComponent(id)}/traces`);

  ptz = (camera: string) => this.call<Ptz>("GET", `${cameraPath(camera)}/ptz`);
  /** Goes out even while the page is being left. */
  move = (camera: string, movement: Movement) => this.call<unknown>("POST", `${cameraPath(camera)}/ptz`, { body: movement, outlivesPage: true });
  savePreset = (camera: string, name: string) => this.call<Preset>("POST", `${cameraPath(camera)}/ptz/presets`, { body: { name } });
  removePreset = (camera: string, id: string) => this.call<unknown>("DELETE", `${cameraPath(camera)}/ptz/presets/${encodeURIComponent(id)}`);

  /** Of a sensor that is played: what it shall tell. */
  playSensor = (name: string, told: Partial<Reading>) => this.call<unknown>("POST", `/sensors/${encodeURIComponent(name)}/play`, { body: told });
  /** Of a light that is played: how bright its room shall be, 0 to 1. */
  playLight = (name: string, brightness: number) => this.call<unknown>("POST", `/lights/${encodeURIComponent(name)}/play`, { body: { brightness } });
  /** `on: null`: as planned; `seconds: null`: until it is changed. */
  setLight = (name: string, on: boolean | null, seconds: number | null) => this.call<unknown>("PUT", `/lights/${encodeURIComponent(name)}`, { body: { on, seconds } });
  /** `angle`: 0 to 180 degrees. */
  turnServo = (name: string, angle: number) => this.call<unknown>("PUT", `/servos/${encodeURIComponent(name)}`, { body: { angle } });
  setOutput = (name: string, on: boolean) => this.call<unknown>("PUT", `/outputs/${encodeURIComponent(name)}`, { body: { on } });

  discover = () => this.call<{ cameras: FoundCamera[] }>("POST", "/discover");
  streamsOf = (address: string, user: string, password: string) => this.call<FoundStreams>("POST", "/discover/streams", { body: { address, user, password } });

  /** A picture of now; its bytes. */
  async snapshot(camera: string): Promise<Blob> {
    return (await this.send("GET", snapshotPath(camera), {})).blob();
  }

  /** Whether a clip is there to be played, by its first byte. */
  async clipIsThere(id: string, to: number | null): Promise<void> {
    await this.send("GET", clipPath(id, to), { headers: { Range: "bytes=0-0" } });
  }

  /** Whether there is anything for a film; `query` as for `address.film`. */
  async filmIsThere(query: URLSearchParams): Promise<void> {
    await this.send("GET", `/timelapse.mp4?${query}`, { headers: { Range: "bytes=0-0" } });
  }

  /** The clip with its text in the picture, encoded while one waits; and the name the recorder gives it. */
  async burntClip(id: string): Promise<{ clip: Blob; name: string }> {
    const response = await this.send("GET", `/events/${encodeURIComponent(id)}/clip.mp4?text=burnt`, {});
    const name = /filename="([^"]+)"/.exec(response.headers.get("Content-Disposition") ?? "")?.[1] ?? `${id}.mp4`;
    try {
      return { clip: await response.blob(), name };
    } catch {
      throw new Unreachable(); // It broke off on the way.
    }
  }

  private async call<Answer>(method: string, path: string, ask: Ask = {}): Promise<Answer> {
    const response = await this.send(method, path, ask);
    const body = await response.text();
    return (body === "" ? undefined : JSON.parse(body)) as Answer;
  }

  private async send(method: string, path: string, ask: Ask): Promise<Response> {
    const request: RequestInit = { method, cache: "no-store", headers: { ...ask.headers } };
    if (ask.body !== undefined) {
      request.body = JSON.stringify(ask.body);
      request.headers = { ...ask.headers, "Content-Type": "application/json" };
    }
    if (ask.outlivesPage) request.keepalive = true;
    if (ask.patience) request.signal = ask.patience;
    let response: Response;
    try {
      response = await fetch(BASE + path, request);
    } catch {
      // Who gave it up himself has learnt nothing about the recorder.
      if (!ask.patience?.aborted) this.onUnreachable();
      throw new Unreachable();
    }
    if (response.ok) return response;
    if (response.status === 401 && !ask.expectNoSession) this.onSessionLost();
    throw await refusal(response);
  }
}

interface Ask {
  body?: unknown;
  headers?: Record<string, string>;
  patience?: AbortSignal;
  outlivesPage?: boolean;
  /** These calls are made without a session, so a 401 is their own business. */
  expectNoSession?: boolean;
}

async function refusal(response: Response): Promise<Refused> {
  const wait = Number(response.headers.get("Retry-After") ?? NaN);
  const retryAfter = Number.isFinite(wait) ? wait : null;
  try {
    const { error } = (await response.json()) as Refusal;
    return new Refused(response.status, error.message, error.hint ?? null, error.tries_left ?? null, retryAfter);
  } catch {
    // A proxy in between does not speak our JSON.
    return new Refused(response.status, text.connection.strangeAnswer(response.status), null, null, retryAfter);
  }
}

function cameraPath(camera: string): string {
  return `/cameras/${encodeURIComponent(camera)}`;
}

function snapshotPath(camera: string): string {
  return `${cameraPath(camera)}/snapshot.jpg`;
}

/** `to`: what came until then, milliseconds since 1970; `null`: all of it. */
function clipPath(id: string, to: number | null): string {
  return `/events/${encodeURIComponent(id)}/clip.mp4${until(to)}`;
}

function until(to: number | null): string {
  return to === null ? "" : `?to=${new Date(to).toISOString()}`;
}

/** Addresses the browser loads by itself. */
export const address = {
  updates: `${BASE}/updates`,
  poster: (camera: string, width: number) => `${BASE}${snapshotPath(camera)}?width=${width}`,
  mjpeg: (camera: string) => `${BASE}/stream?camera=${encodeURIComponent(camera)}&fps=5`,
  live: (camera: string) =>
    `${location.protocol === "https:" ? "wss" : "ws"}://${location.host}${BASE}${cameraPath(camera)}/live`,
  clip: (id: string, to: number | null) => BASE + clipPath(id, to),
  /** What is said to `clip`, as WebVTT. */
  clipText: (id: string, to: number | null) => `${BASE}/events/${encodeURIComponent(id)}/text.vtt${until(to)}`,
  /** What moves now, as server-sent events. */
  moving: (camera: string) => `${BASE}${cameraPath(camera)}/motion/now`,
  photo: (id: number) => `${BASE}/photos/${id}.jpg`,
  photoDownload: (id: number) => `${BASE}/photos/${id}.jpg?download=1`,
  film: (query: URLSearchParams) => `${BASE}/timelapse.mp4?${query}`,
  download: (id: string) => `${BASE}/events/${encodeURIComponent(id)}/clip.mp4?download=1`,
  picture: (id: string, kind: "clean" | "marked" | "thumb") => `${BASE}/events/${encodeURIComponent(id)}/snapshot.jpg?kind=${kind}`,
};
