// Which photos to show: the cameras and the time, as the address bar keeps them.
import { type Scope, filterOfScope, scopeOf } from "../events/query";
import { instantsOf } from "../events/ranges";
import type { Photo } from "../recorder/wire";
import type { Zone } from "../recorder/zone";

export type PhotoQuery = Scope;

/** Reads the part of an address after `?`; what it does not understand it leaves out. */
export function photoQueryOf(filter: string): PhotoQuery {
  return scopeOf(new URLSearchParams(filter));
}

/** The part of an address after `?`; `photoQueryOf` reads it back. */
export function filterOfPhotos(query: PhotoQuery): string {
  return filterOfScope(query).toString();
}

/** Whether a photo the recorder has just told of belongs into the list. */
export function photoFits({ cameras, range }: PhotoQuery, photo: Photo, zone: Zone, now: number): boolean {
  const { from, to } = instantsOf(range, zone, now);
  const taken = Date.parse(photo.taken);
  return (cameras.length === 0 || cameras.includes(photo.camera)) && (from === null || taken >= from) && (to === null || taken < to);
}
