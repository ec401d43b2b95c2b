// Asks the recorder, and turns each way it may fail into one kind of error.
import { text } from "../text";
import type { Event, EventPage, Monitoring, Refusal, Session, Status } from "./wire";

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

  /** A picture of now; its bytes. */
  async snapshot(camera: string): Promise<Blob> {
    return (await this.send("GET", snapshotPath(camera), {})).blob();
  }

  /** Whether a clip is there to be played, by its first byte. */
  async clipIsThere(id: string, to: number | null): Promise<void> {
    await this.send("GET", clipPath(id, to), { headers: { Range: "bytes=0-0" } });
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
    if (ask.patience) request.signal = ask.patience;
    let response: Response;
    try {
      response = await fetch(BASE + path, request);
    } catch {
      this.onUnreachable();
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

function snapshotPath(camera: string): string {
  return `/cameras/${encodeURIComponent(camera)}/snapshot.jpg`;
}

/** `to`: what came until then, milliseconds since 1970; `null`: all of it. */
function clipPath(id: string, to: number | null): string {
  const until = to === null ? "" : `?to=${new Date(to).toISOString()}`;
  return `/events/${encodeURIComponent(id)}/clip.mp4${until}`;
}

/** Addresses the browser loads by itself. */
export const address = {
  updates: `${BASE}/updates`,
  poster: (camera: string, width: number) => `${BASE}${snapshotPath(camera)}?width=${width}`,
  mjpeg: (camera: string) => `${BASE}/stream?camera=${encodeURIComponent(camera)}&fps=5`,
  live: (camera: string) =>
    `${location.protocol === "https:" ? "wss" : "ws"}://${location.host}${BASE}/cameras/${encodeURIComponent(camera)}/live`,
  clip: (id: string, to: number | null) => BASE + clipPath(id, to),
  download: (id: string) => `${BASE}/events/${encodeURIComponent(id)}/clip.mp4?download=1`,
  picture: (id: string, kind: "clean" | "marked" | "thumb") => `${BASE}/events/${encodeURIComponent(id)}/snapshot.jpg?kind=${kind}`,
};
