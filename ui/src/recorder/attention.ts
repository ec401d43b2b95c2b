// Whether somebody may be looking. A page hidden for half a minute needs no streams.
import { Watchable } from "../watchable";

const HIDDEN_MS = 30_000;

/** True until the page has been hidden for 30 s; true again the moment it is shown. */
export const attention = new Watchable(true);

let timer: number | undefined;
const returned = new Set<() => void>();

/** Calls `listener` whenever the page is shown again or the network is back. */
export function onReturn(listener: () => void): () => void {
  returned.add(listener);
  return () => returned.delete(listener);
}

function look(): void {
  clearTimeout(timer);
  if (document.hidden) timer = window.setTimeout(() => attention.set(false), HIDDEN_MS);
  else attention.set(true);
}

function tell(): void {
  look();
  if (!document.hidden) for (const listener of [...returned]) listener();
}

/** Begins to watch the page; called once, by `main.tsx`. */
export function watchAttention(): void {
  document.addEventListener("visibilitychange", tell);
  window.addEventListener("pageshow", tell);
  window.addEventListener("online", tell);
  look();
}
