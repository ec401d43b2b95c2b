// The photos of one event: below its clip, or in place of it.
import { useEffect, useState } from "preact/hooks";
import { address } from "../recorder/api";
import { useApp } from "../recorder/context";
import type { Event, Photo } from "../recorder/wire";
import { text } from "../text";
import { useWatched } from "../watchable";
import { PhotoThumb } from "./page";
import { photoName } from "./words";

/** Of one event at most; its settings allow 1000, of which a strip is no good view. */
const MOST = 200;

/** Oldest first, as they were taken; kept up to date. */
export function usePhotosOf(event: Event | null): readonly Photo[] {
  const { recorder } = useApp();
  const [photos, setPhotos] = useState<readonly Photo[]>([]);
  const id = event?.id ?? null;
  const any = (event?.photos ?? 0) > 0;
  useEffect(() => {
    let current = true;
    if (id === null || !any) {
      setPhotos([]);
      return undefined;
    }
    const load = () => {
      recorder.api.photos(new URLSearchParams({ event: id, limit: String(MOST) })).then(
        (page) => current && setPhotos(page.photos.reverse()),
        () => undefined, // They are an addition to the clip; the recorder's silence is told elsewhere.
      );
    };
    load();
    const stops = [
      recorder.onPhoto((photo) => photo.event === id && setPhotos((before) => [...before.filter((one) => one.id !== photo.id), photo])),
      recorder.onPhotoDeleted((gone) => setPhotos((before) => before.filter((one) => one.id !== gone))),
      recorder.onCaughtUp(load),
    ];
    return () => {
      current = false;
      for (const stop of stops) stop();
    };
  }, [id, any]);
  return photos;
}

export function PhotoStrip({ photos, onOpen }: { photos: readonly Photo[]; onOpen: (id: number) => void }) {
  const { recorder } = useApp();
  const zone = useWatched(recorder.zone);
  if (photos.length === 0) return null;
  return (
    <section class="photo-strip" aria-label={text.photos.ofThisEvent}>
      <h3>{text.photos.ofThisEvent}</h3>
      <ul>
        {photos.map((photo) => (
          <li key={photo.id}>
            <button data-photo={photo.id} aria-label={photoName(photo, zone, recorder.now())} onClick={() => onOpen(photo.id)}>
              <PhotoThumb photo={photo} />
              <span class="small" aria-hidden="true">
                {zone.exactTime(Date.parse(photo.taken))}
              </span>
            </button>
          </li>
        ))}
      </ul>
    </section>
  );
}

/** What stands in the player's place where there is no footage. */
export function FirstPhoto({ photos, onOpen }: { photos: readonly Photo[]; onOpen: (id: number) => void }) {
  const { recorder } = useApp();
  const zone = useWatched(recorder.zone);
  const [photo] = photos;
  if (!photo) return <div class="clip-picture" />;
  return (
    <button class="clip-picture" onClick={() => onOpen(photo.id)}>
      <img src={address.photo(photo.id)} alt={photoName(photo, zone, recorder.now())} />
    </button>
  );
}
