// Photos under the days on which they were taken, by the recorder's wall clock.
import type { Photo } from "../recorder/wire";
import type { Zone } from "../recorder/zone";

export interface PhotoDay {
  /** Any moment of it, to name it by; milliseconds since 1970. */
  moment: number;
  photos: readonly Photo[];
}

/** In the order given. */
export function daysOf(photos: readonly Photo[], zone: Zone): PhotoDay[] {
  const days: { key: string; moment: number; photos: Photo[] }[] = [];
  for (const photo of photos) {
    const moment = Date.parse(photo.taken);
    const { year, month, day } = zone.wall(moment);
    const key = `${year}-${month}-${day}`;
    const last = days.at(-1);
    if (last?.key === key) last.photos.push(photo);
    else days.push({ key, moment, photos: [photo] });
  }
  return days;
}
