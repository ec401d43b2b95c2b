// Which page an address means, and how to get there. No page knows another page's address but through this.
import { Watchable } from "./watchable";

export type Route =
  | { page: "live" }
  | { page: "camera"; name: string }
  /** What counts as motion on a camera. */
  | { page: "motion"; name: string }
  /** `filter` is the part after `?`, as `events/query.ts` reads it. */
  | { page: "events"; filter: string }
  /** One event in a dialog over the list that `filter` tells. */
  | { page: "event"; id: string; filter: string }
  | { page: "photos"; filter: string }
  /** One photo, large, over the list that `filter` tells. */
  | { page: "photo"; id: number; filter: string }
  | { page: "add camera" }
  /** Sensors, lights, servos and outputs. */
  | { page: "devices" }
  /** `next` is where to go once signed in. */
  | { page: "login"; next: string }
  | { page: "setup" }
  | { page: "unknown"; path: string };

/** Reads a path with its query, e.g. `/events/17?camera=door`. */
export function routeOf(address: string): Route {
  const [beforeHash = ""] = address.split("#");
  const cut = beforeHash.indexOf("?");
  const path = cut < 0 ? beforeHash : beforeHash.slice(0, cut);
  const query = cut < 0 ? "" : beforeHash.slice(cut + 1);
  const parts = path.split("/").filter((part) => part !== "").map(unescaped);
  const [first, second, third] = parts;
  if (parts.length === 0) return { page: "live" };
  if (parts.length === 2 && first === "live" && second) return { page: "camera", name: second };
  if (parts.length === 3 && first === "live" && second && third === "motion") return { page: "motion", name: second };
  if (parts.length === 1 && first === "events") return { page: "events", filter: query };
  if (parts.length === 2 && first === "events" && second) return { page: "event", id: second, filter: query };
  if (parts.length === 1 && first === "photos") return { page: "photos", filter: query };
  if (parts.length === 2 && first === "photos" && /^\d{1,15}$/.test(second ?? "")) return { page: "photo", id: Number(second), filter: query };
  if (parts.length === 2 && first === "cameras" && second === "add") return { page: "add camera" };
  if (parts.length === 1 && first === "devices") return { page: "devices" };
  if (parts.length === 1 && first === "login") return { page: "login", next: safeNext(new URLSearchParams(query).get("next")) };
  if (parts.length === 1 && first === "setup") return { page: "setup" };
  return { page: "unknown", path };
}

/** The address of a page; `routeOf` reads it back. */
export function addressOf(route: Route): string {
  switch (route.page) {
    case "live":
      return "/";
    case "camera":
      return `/live/${encodeURIComponent(route.name)}`;
    case "motion":
      return `/live/${encodeURIComponent(route.name)}/motion`;
    case "events":
      return withQuery("/events", route.filter);
    case "event":
      return withQuery(`/events/${encodeURIComponent(route.id)}`, route.filter);
    case "photos":
      return withQuery("/photos", route.filter);
    case "photo":
      return withQuery(`/photos/${route.id}`, route.filter);
    case "add camera":
      return "/cameras/add";
    case "devices":
      return "/devices";
    case "login":
      return route.next === "/" ? "/login" : `/login?next=${encodeURIComponent(route.next)}`;
    case "setup":
      return "/setup";
    case "unknown":
      return route.path;
  }
}

function withQuery(path: string, query: string): string {
  return query === "" ? path : `${path}?${query}`;
}

function unescaped(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part; // A stray % is somebody's typing, not a fault of ours.
  }
}

/** Only a path of this very site: a login link must not lead people elsewhere. */
function safeNext(next: string | null): string {
  return next !== null && /^\/(?![/\\])/.test(next) && !next.startsWith("/login") ? next : "/";
}

/** The browser's address bar, as a route. */
export class Router {
  readonly current: Watchable<Route>;
  /** How many steps inside this page lie behind us; tells whether Back stays within Watchpost. */
  private depth: number;
  /** Asked before another page is gone to, and given what goes there after all; `null`: nobody minds. */
  private guard: ((go: () => void) => void) | null = null;
  /** Whether the next step through the history only takes back one that the guard held up. */
  private returning = false;

  constructor(private readonly view: Window) {
    this.depth = Number((view.history.state as { depth?: number } | null)?.depth ?? 0);
    this.current = new Watchable(this.read());
    view.addEventListener("popstate", (event) => this.stepped(Number((event.state as { depth?: number } | null)?.depth ?? 0)));
    view.document.addEventListener("click", (event) => this.follow(event));
  }

  /** Lets `guard` ask before this page is left, until the returned function is called. */
  hold(guard: (go: () => void) => void): () => void {
    this.guard = guard;
    return () => {
      if (this.guard === guard) this.guard = null;
    };
  }

  /** Goes to a page and leaves a step for Back. */
  go(route: Route): void {
    if (this.guard) return this.guard(() => this.goOn(route));
    this.goOn(route);
  }

  private goOn(route: Route): void {
    this.guard = null;
    this.depth += 1;
    this.view.history.pushState({ depth: this.depth }, "", addressOf(route));
    this.current.set(this.read());
  }

  /** Goes to a page in place of the present one. */
  replace(route: Route): void {
    this.view.history.replaceState({ depth: this.depth }, "", addressOf(route));
    this.current.set(this.read());
  }

  /** Back where we came from, or to `otherwise` when we came from outside. */
  back(otherwise: Route): void {
    if (this.depth > 0) this.view.history.back();
    else this.replace(otherwise);
  }

  /** The browser went through its history, to a step that lay so deep. */
  private stepped(depth: number): void {
    const steps = depth - this.depth;
    const elsewhere = addressOf(this.read()) !== addressOf(this.current.get());
    if (this.returning) {
      this.returning = false;
      return;
    }
    const { guard } = this;
    if (guard && elsewhere && steps !== 0) {
      this.returning = true;
      this.view.history.go(-steps);
      guard(() => {
        this.guard = null;
        this.view.history.go(steps);
      });
      return;
    }
    this.depth = depth;
    this.current.set(this.read());
  }

  private read(): Route {
    const { pathname, search } = this.view.location;
    return routeOf(pathname + search);
  }

  /** Makes ordinary links change the page without loading it anew. */
  private follow(event: MouseEvent): void {
    if (event.defaultPrevented || event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
    const link = event.target instanceof Element ? event.target.closest("a") : null;
    if (!link || link.target || link.hasAttribute("download") || link.origin !== this.view.location.origin) return;
    if (link.getAttribute("href")?.startsWith("#")) return;
    const route = routeOf(link.pathname + link.search);
    if (route.page === "unknown") return;
    event.preventDefault();
    this.go(route);
  }
}
