// What is wrong with a camera's pictures, in words.
import type { Camera } from "../recorder/wire";
import type { Zone } from "../recorder/zone";
import { text } from "../text";

/** `Covered since 14:02`; `offline`: that no pictures come is said already. */
export function ailmentsOf({ health }: Pick<Camera, "health">, zone: Zone, now: number, offline: boolean): string[] {
  return health
    .filter(({ kind }) => !(offline && kind === "no_pictures"))
    .map(({ kind, since }) => text.live.ailing(text.ailments[kind] ?? kind, zone.moment(Date.parse(since), now)));
}
