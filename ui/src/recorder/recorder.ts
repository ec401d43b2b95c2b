// The recorder as this page knows it: who we are, how it is, what it tells, and whether it is there.
// One owner of the session, the status, the update stream and the heartbeat.
import { Watchable } from "../watchable";
import { Api, Refused, address } from "./api";
import { attention, onReturn } from "./attention";
import type { Camera, DetectorState, Devices, Event, Monitoring, Photo, Session, Status } from "./wire";
import { Zone } from "./zone";

export type Who = { kind: "unknown" } | { kind: "nobody"; lost: boolean } | { kind: "user"; session: Session };

/** A recorder that hangs is found out by a question every 2 s that waits at most 2.5 s: within 5 s. */
const HEARTBEAT_MS = 2_000;
const PATIENCE_MS = 2_500;

export class Recorder {
  readonly who = new Watchable<Who>({ kind: "unknown" });
  readonly status = new Watchable<Status | null>(null);
  /** `null` until it has told; it does so first of all. */
  readonly detector = new Watchable<DetectorState | null>(null);
  /** `null` until it has told; a recorder without devices may never tell. */
  readonly devices = new Watchable<Devices | null>(null);
  readonly zone = new Watchable<Zone>(new Zone("UTC", ""));
  /** False while it does not answer. */
  readonly there = new Watchable(true);
  readonly api = new Api(
    () => this.lost(),
    () => void this.beat(),
  );
  private readonly eventListeners = new Set<(event: Event) => void>();
  private readonly deletedListeners = new Set<(id: string) => void>();
  private readonly photoListeners = new Set<(photo: Photo) => void>();
  private readonly photoDeletedListeners = new Set<(id: number) => void>();
  private readonly troublesListeners = new Set<() => void>();
  private readonly returnListeners = new Set<() => void>();
  private updates: EventSource | null = null;
  private everListened = false;
  private beating = false;
  /** The recorder's clock less ours, in milliseconds; from its status. */
  private ahead = 0;

  /** Finds out who we are and keeps in touch from then on. */
  begin(): void {
    void this.greet();
    window.setInterval(() => void this.beat(), HEARTBEAT_MS);
    attention.watch(() => (attention.get() ? this.listen() : this.deaf()));
    onReturn(() => void this.beat());
  }

  /** The recorder's clock now, in milliseconds since 1970. */
  now(): number {
    return Date.now() + this.ahead;
  }

  /** Calls `listener` with each new, changed or ended event. */
  onEvent(listener: (event: Event) => void): () => void {
    this.eventListeners.add(listener);
    return () => this.eventListeners.delete(listener);
  }

  onDeleted(listener: (id: string) => void): () => void {
    this.deletedListeners.add(listener);
    return () => this.deletedListeners.delete(listener);
  }

  /** Calls `listener` with each new photo. */
  onPhoto(listener: (photo: Photo) => void): () => void {
    this.photoListeners.add(listener);
    return () => this.photoListeners.delete(listener);
  }

  onPhotoDeleted(listener: (id: number) => void): () => void {
    this.photoDeletedListeners.add(listener);
    return () => this.photoDeletedListeners.delete(listener);
  }

  /** Calls `listener` when a trouble of any camera began or ended. */
  onTroubles(listener: () => void): () => void {
    this.troublesListeners.add(listener);
    return () => this.troublesListeners.delete(listener);
  }

  /** Calls `listener` when updates may have been missed: after silence, or a hidden page. */
  onCaughtUp(listener: () => void): () => void {
    this.returnListeners.add(listener);
    return () => this.returnListeners.delete(listener);
  }

  async signIn(name: string, password: string): Promise<void> {
    this.welcome(await this.api.signIn(name, password));
  }

  async setUp(token: string, name: string, password: string): Promise<void> {
    await this.api.setUp(token, name, password);
    this.welcome(await this.api.session());
  }

  async signOut(): Promise<void> {
    await this.api.signOut();
    this.deaf();
    this.status.set(null);
    this.detector.set(null);
    this.devices.set(null);
    this.who.set({ kind: "nobody", lost: false });
  }

  async setMonitoring(on: boolean): Promise<void> {
    const answer: Monitoring = await this.api.setMonitoring(on);
    const status = this.status.get();
    if (status) this.status.set({ ...status, ...answer });
  }

  async record(camera: string, seconds: number | null): Promise<void> {
    this.takeCamera(await this.api.record(camera, seconds));
  }

  async stopRecording(camera: string): Promise<void> {
    this.takeCamera(await this.api.stopRecording(camera));
  }

  async takePhoto(camera: string): Promise<void> {
    this.tellPhoto(await this.api.takePhoto(camera));
  }

  async removePhoto(id: number): Promise<void> {
    await this.api.removePhoto(id);
    this.tellPhotoDeleted(id);
  }

  /** Tells an event we changed ourselves to everyone who shows it. */
  tell(event: Event): void {
    for (const listener of [...this.eventListeners]) listener(event);
  }

  /** Tells everyone who shows it that we deleted an event. */
  tellDeleted(id: string): void {
    for (const listener of [...this.deletedListeners]) listener(id);
  }

  private tellPhoto(photo: Photo): void {
    for (const listener of [...this.photoListeners]) listener(photo);
  }

  private tellPhotoDeleted(id: number): void {
    for (const listener of [...this.photoDeletedListeners]) listener(id);
  }

  private takeCamera(camera: Camera): void {
    const status = this.status.get();
    if (status) this.status.set({ ...status, cameras: status.cameras.map((one) => (one.name === camera.name ? camera : one)) });
  }

  private async greet(): Promise<void> {
    try {
      this.welcome(await this.api.session());
    } catch {
      // `lost` has been told, or the heartbeat asks again.
    }
  }

  private welcome(session: Session): void {
    this.who.set({ kind: "user", session });
    void this.refresh();
    this.listen();
  }

  private lost(): void {
    if (this.who.get().kind === "nobody") return;
    const lost = this.who.get().kind === "user";
    this.deaf();
    this.status.set(null);
    this.detector.set(null);
    this.devices.set(null);
    this.who.set({ kind: "nobody", lost });
  }

  private async refresh(): Promise<void> {
    try {
      this.take(await this.api.status());
    } catch {
      // Told already, as lost session or silence.
    }
  }

  private take(status: Status): void {
    this.ahead = Date.parse(status.now) - Date.now();
    if (status.time_zone !== this.zone.get().name) this.zone.set(new Zone(status.time_zone, status.now));
    this.status.set(status);
  }

  private listen(): void {
    if (this.updates || this.who.get().kind !== "user" || !attention.get()) return;
    const updates = new EventSource(address.updates);
    this.updates = updates;
    const on = (kind: string, take: (data: string) => void) =>
      updates.addEventListener(kind, (message) => take((message as MessageEvent<string>).data));
    on("status", (data) => this.take(JSON.parse(data) as Status));
    on("detector", (data) => this.detector.set(JSON.parse(data) as DetectorState));
    on("devices", (data) => this.devices.set(JSON.parse(data) as Devices));
    on("event", (data) => this.tell(JSON.parse(data) as Event));
    on("deleted", (data) => this.tellDeleted((JSON.parse(data) as { id: string }).id));
    on("photo", (data) => this.tellPhoto(JSON.parse(data) as Photo));
    on("photo_deleted", (data) => this.tellPhotoDeleted((JSON.parse(data) as { id: number }).id));
    on("troubles", () => {
      for (const listener of [...this.troublesListeners]) listener();
    });
    // Whoever listened before may have missed something: while the page was hidden, or the recorder gone.
    const again = this.everListened;
    this.everListened = true;
    updates.onopen = () => {
      if (again) this.caughtUp();
    };
    updates.onerror = () => {
      // The browser would try again by itself, but not after an error answer; the heartbeat does it for both.
      this.deaf();
      void this.beat();
    };
  }

  private deaf(): void {
    this.updates?.close();
    this.updates = null;
  }

  private caughtUp(): void {
    void this.refresh();
    for (const listener of [...this.returnListeners]) listener();
  }

  /** Asks whether the recorder is there and still knows us. */
  private async beat(): Promise<void> {
    if (this.beating || document.hidden || this.who.get().kind === "nobody") return;
    this.beating = true;
    const patience = new AbortController();
    const timer = window.setTimeout(() => patience.abort(), PATIENCE_MS);
    try {
      const session = await this.api.session(patience.signal);
      this.answered(session);
    } catch (error) {
      if (!(error instanceof Refused)) this.there.set(false);
      else if (error.status !== 401) this.there.set(error.status < 500);
    } finally {
      clearTimeout(timer);
      this.beating = false;
    }
  }

  private answered(session: Session): void {
    const wasGone = !this.there.get();
    this.there.set(true);
    if (this.who.get().kind === "unknown") this.welcome(session);
    else if (!this.updates) this.listen();
    else if (wasGone) this.caughtUp();
  }
}
