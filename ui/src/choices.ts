// What somebody chose for watching: sound as long as the page is open, what lies over clips for good.
import { Watchable } from "./watchable";

/** Silent until it is asked for: browsers start nothing by themselves that makes a sound. */
export const soundWanted = new Watchable(false);

/** Whether clips show what is said to them. */
export const textShown = new Watchable(remembered("text"));

/** Whether clips show what moved in them, and a camera’s page what moves. */
export const movedShown = new Watchable(remembered("moved"));

export function showText(shown: boolean): void {
  textShown.set(shown);
  remember("text", shown);
}

export function showMoved(shown: boolean): void {
  movedShown.set(shown);
  remember("moved", shown);
}

function remember(what: string, shown: boolean): void {
  try {
    if (shown) localStorage.setItem(`watchpost-clip-${what}`, "shown");
    else localStorage.removeItem(`watchpost-clip-${what}`);
  } catch {
    // Storage is forbidden: it holds until the page is closed.
  }
}

function remembered(what: string): boolean {
  try {
    return localStorage.getItem(`watchpost-clip-${what}`) === "shown";
  } catch {
    return false;
  }
}
