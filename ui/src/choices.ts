// What somebody chose for watching: sound as long as the page is open, text beside clips for good.
import { Watchable } from "./watchable";

/** Silent until it is asked for: browsers start nothing by themselves that makes a sound. */
export const soundWanted = new Watchable(false);

const TEXT_KEY = "watchpost-clip-text";

/** Whether clips show what is said to them. */
export const textShown = new Watchable(remembered());

export function showText(shown: boolean): void {
  textShown.set(shown);
  try {
    if (shown) localStorage.setItem(TEXT_KEY, "shown");
    else localStorage.removeItem(TEXT_KEY);
  } catch {
    // Storage is forbidden: it holds until the page is closed.
  }
}

function remembered(): boolean {
  try {
    return localStorage.getItem(TEXT_KEY) === "shown";
  } catch {
    return false;
  }
}
