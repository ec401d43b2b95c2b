// Whether there were devices when the page was last open: what shows them keeps its room until they are told.
import { useEffect } from "preact/hooks";
import type { Devices } from "../recorder/wire";
import { isAny } from "./words";

const KEY = "watchpost-devices";

/** What was there the last time. */
function remembered(): string {
  try {
    return localStorage.getItem(KEY) ?? "";
  } catch {
    return ""; // Storage is forbidden: it appears a moment later.
  }
}

function remember(what: string): void {
  try {
    if (what === "") localStorage.removeItem(KEY);
    else localStorage.setItem(KEY, what);
  } catch {
    // As above.
  }
}

/** Whether there is any device; before the recorder has told, whether there was one. */
export function useHadDevices(devices: Devices | null): boolean {
  const what = devices === null ? null : isAny(devices) ? (devices.sensors.length > 0 ? "sensors" : "others") : "";
  useEffect(() => {
    if (what !== null) remember(what);
  }, [what]);
  return (what ?? remembered()) !== "";
}

/** The same of sensors. */
export function hadSensors(devices: Devices | null): boolean {
  return devices === null ? remembered() === "sensors" : devices.sensors.length > 0;
}
