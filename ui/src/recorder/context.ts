// How components reach the recorder and the router, without passing them through every other one.
import { createContext } from "preact";
import { useContext, useEffect, useState } from "preact/hooks";
import type { Notices } from "../shell/notices";
import type { Router } from "../router";
import type { Deleting } from "../events/deleting";
import type { ListMemory } from "../events/list";
import { useWatched } from "../watchable";
import type { Recorder } from "./recorder";

export interface App {
  recorder: Recorder;
  router: Router;
  notices: Notices;
  deleting: Deleting;
  lists: ListMemory;
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
