// All photos, day by day, and one of them large over the list.
import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import { CameraFilter, TimeFilter } from "../events/filters";
import { useScrollOf } from "../listing_scroll";
import { address } from "../recorder/api";
import { useApp, useNow } from "../recorder/context";
import type { Photo } from "../recorder/wire";
import { addressOf } from "../router";
import { text } from "../text";
import { useWatched } from "../watchable";
import { daysOf } from "./days";
import { filterOfPhotos, photoQueryOf, type PhotoQuery } from "./query";
import { PhotoViewer } from "./viewer";
import { photoName } from "./words";

interface Props {
  filter: string;
  /** The photo shown large, if any. */
  open: number | null;
}

export function PhotosPage({ filter, open }: Props) {
  const { recorder, router, photoLists } = useApp();
  const zone = useWatched(recorder.zone);
  const now = useNow(60_000);
  const query = useMemo(() => photoQueryOf(filter), [filter]);
  const list = useMemo(() => photoLists.listFor(query), [query]);
  const { items: photos, waiting, total, state, failure } = useWatched(list.view);
  const days = useMemo(() => daysOf(photos, zone), [photos, zone]);
  const lastOpen = useRef<number | null>(open);
  useScrollOf(list);
  const end = useNearEnd(() => state === "more" && void list.loadMore(), photos.length);

  useEffect(() => {
    if (open === null && lastOpen.current !== null) {
      const card = document.querySelector<HTMLElement>(`[data-photo="${lastOpen.current}"]`);
      card?.focus({ preventScroll: true });
      card?.scrollIntoView({ block: "nearest" });
    }
    lastOpen.current = open;
    // Near the end of what is loaded, the next page may hold the next photo.
    if (open !== null && photos.at(-1)?.id === open) void list.loadMore();
  }, [open, photos]);

  const change = (next: PhotoQuery) => router.go({ page: "photos", filter: filterOfPhotos(next) });
  return (
    <div class="photos">
      <div class="page-head">
        <h1>{text.photos.title}</h1>
        {total !== null && (
          <span class="quiet" data-testid="count">
            {text.photos.count(total)}
          </span>
        )}
      </div>
      <div class="filters" role="group" aria-label={text.events.filters}>
        <TimeFilter range={query.range} onChange={(range) => change({ ...query, range })} />
        <CameraFilter cameras={query.cameras} onChange={(cameras) => change({ ...query, cameras })} />
        {filter !== "" && (
          <button class="link" onClick={() => change({ cameras: [], range: { kind: "all" } })}>
            {text.events.clear}
          </button>
        )}
      </div>
      {waiting.length > 0 && (
        <button
          class="waiting"
          onClick={() => {
            list.showWaiting();
            window.scrollTo({ top: 0 });
          }}
        >
          {text.photos.waiting(waiting.length)}
        </button>
      )}
      {days.map(({ moment, photos: some }) => (
        <section key={moment} class="photo-day" aria-label={zone.dayName(moment, now)}>
          <h2>{zone.dayName(moment, now)}</h2>
          <ul>
            {some.map((photo) => (
              <li key={photo.id}>
                <a href={addressOf({ page: "photo", id: photo.id, filter })} data-photo={photo.id}>
                  <span class="hidden">{photoName(photo, zone, now)}</span>
                  <PhotoThumb photo={photo} />
                  <span class="photo-words" aria-hidden="true">
                    <b>{photo.camera}</b>
                    <span class="quiet">{zone.time(Date.parse(photo.taken))}</span>
                  </span>
                </a>
              </li>
            ))}
          </ul>
        </section>
      ))}
      {photos.length === 0 && state === "all" && <p class="empty">{filter === "" ? text.photos.none : text.photos.noneFiltered}</p>}
      {state === "loading" && <p class="quiet loading">{text.photos.loading}</p>}
      {state === "failed" && (
        <p class="empty">
          {text.photos.failed(failure ?? "")}{" "}
          <button class="button" onClick={() => void list.loadMore()}>
            {text.events.again}
          </button>
        </p>
      )}
      <div ref={end} />
      {open !== null && (
        <PhotoViewer
          id={open}
          photos={photos}
          linksEvent
          onShow={(id) => router.replace({ page: "photo", id, filter })}
          onClose={() => router.back({ page: "photos", filter })}
        />
      )}
    </div>
  );
}

/** The recorder keeps no small ones: the browser loads those near the screen, and only those. */
export function PhotoThumb({ photo }: { photo: Photo }) {
  const [missing, setMissing] = useState(false);
  if (missing) return <span class="thumb none">{text.photos.noPicture}</span>;
  return <img class="thumb" alt="" src={address.photo(photo.id)} loading="lazy" decoding="async" onError={() => setMissing(true)} />;
}

/** Calls `near` when the end of the list comes close, and again when it is still close after `count` has changed. */
function useNearEnd(near: () => void, count: number) {
  const end = useRef<HTMLDivElement>(null);
  const newest = useRef(near);
  newest.current = near;
  useEffect(() => {
    if (!end.current) return undefined;
    const observer = new IntersectionObserver((entries) => entries.at(-1)?.isIntersecting && newest.current(), { rootMargin: "800px" });
    observer.observe(end.current);
    return () => observer.disconnect();
  }, [count]);
  return end;
}
