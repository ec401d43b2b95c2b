// How components reach the recorder and the router, without passing them through every other one.
import { createContext } from "preact";
import { useContext, useEffect, useState } from "preact/hooks";
import type { Notices } from "../shell/notices";
import type { Router } from "../router";
import type { Deleting } from "../events/deleting";
import type { EventList } from "../events/list";
import type { EventQuery } from "../events/query";
import type { ListMemory } from "../listing";
import type { PhotoList } from "../photos/list";
import type { PhotoQuery } from "../photos/query";
import { useWatched } from "../watchable";
import type { Recorder } from "./recorder";

export interface App {
  recorder: Recorder;
  router: Router;
  notices: Notices;
  deleting: Deleting;
  lists: ListMemory<EventQuery, EventList>;
  photoLists: ListMemory<PhotoQuery, PhotoList>;
}

export const AppContext = createContext<App | null>(null);

export function useApp(): App {
  const app = useContext(AppContext);
  if (!app) throw new Error("useApp outside of the app");
  return app;
}

/** Whether the user may switch, keep and delete; viewers only see. */
export function useMayChange(): boolean {
  const who = useWatched(useApp().recorder.who);
  return who.kind === "user" && who.session.role !== "viewer";
}

/** Whether the user may change how the recorder is set up, and delete for good. */
export function useIsOwner(): boolean {
  const who = useWatched(useApp().recorder.who);
  return who.kind === "user" && who.session.role === "owner";
}

/** The recorder's clock, drawn anew every `everyMs`. */
export function useNow(everyMs: number): number {
  const { recorder } = useApp();
  const [now, setNow] = useState(() => recorder.now());
  useEffect(() => {
    setNow(recorder.now());
    const timer = window.setInterval(() => setNow(recorder.now()), everyMs);
    return () => clearInterval(timer);
  }, [everyMs]);
  return now;
}
