// A photo in words.
import type { Photo } from "../recorder/wire";
import type { Zone } from "../recorder/zone";
import { text } from "../text";

/** `Photo of door, today 14:32:05` */
export function photoName(photo: Photo, zone: Zone, now: number): string {
  const taken = Date.parse(photo.taken);
  return text.photos.photo(photo.camera, `${zone.dayName(taken, now)} ${zone.exactTime(taken)}`);
}
