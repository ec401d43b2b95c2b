// One event in a dialog: its clip, what is known of it, and what can be done with it.
import { useEffect, useRef, useState } from "preact/hooks";
import { deviceText } from "../devices/text";
import { isBySensor } from "../devices/words";
import { Refused, address, told } from "../recorder/api";
import { useApp, useMayChange, useNow } from "../recorder/context";
import type { Event, Trace } from "../recorder/wire";
import { addressOf } from "../router";
import { Icon } from "../shell/icons";
import { Modal } from "../shell/modal";
import { NoticesView } from "../shell/notices_view";
import { FirstPhoto, PhotoStrip, usePhotosOf } from "../photos/strip";
import { PhotoViewer } from "../photos/viewer";
import { download, saveAs, share } from "../shell/saving";
import { objectText } from "../objects/text";
import { unknownOf, whatWas, whoWas, whyWas } from "../objects/words";
import { later } from "../shell/later";
import { text } from "../text";
import { useWatched } from "../watchable";
import { lengthOf } from "./card";
import { ClipPlayer, type ClipControls } from "./clip_player";
import type { EventList } from "./list";
import { zonesOf } from "./moved";
import { useTraces } from "./moved_view";

const ObjectList = later(() => import("../seldom").then((part) => part.ObjectList));

/** What a key held down does again and again; the others act once. */
const REPEATING: ReadonlySet<string> = new Set(["ArrowLeft", "ArrowRight", ",", ".", "j", "l"]);
/** The keys that change something, and their place in the help. */
const CHANGING: ReadonlySet<string> = new Set(["k", "Delete", "K", "Del"]);

const NO_TRACES: readonly Trace[] = [];

interface Props {
  id: string;
  list: EventList;
  filter: string;
}

export function Clip({ id, list, filter }: Props) {
  const { recorder, router, notices, deleting } = useApp();
  const { items: events } = useWatched(list.view);
  const { event, failure } = useEvent(id, list);
  const mayChange = useMayChange();
  const controls = useRef<ClipControls>(null);
  const [help, setHelp] = useState(false);
  const photos = usePhotosOf(event);
  const traces = useTraces(event) ?? NO_TRACES;
  const [photo, setPhoto] = useState<number | null>(null);
  const [burning, setBurning] = useState(false);
  const { newer, older } = neighbours(events, event, id);

  // Near the end of what is loaded, the next page may hold the next event.
  useEffect(() => {
    if (event && older === null) void list.loadMore();
  }, [event, older]);

  const close = () => router.back({ page: "events", filter });
  const show = (other: Event | null) => other && router.replace({ page: "event", id: other.id, filter });
  const keep = () => event && void deleting.keep([event.id], !event.kept);
  const remove = () => {
    if (!event) return;
    const next = older ?? newer;
    if (next) show(next);
    else close();
    void deleting.remove([event.id]);
  };
  const save = () => event && download(address.download(event.id));
  /** It is encoded while one waits; what goes wrong then, a download by the browser would not tell. */
  const saveBurnt = async () => {
    if (!event) return;
    setBurning(true);
    try {
      const { clip, name } = await recorder.api.burntClip(event.id);
      saveAs(clip, name);
    } catch (error) {
      notices.bad(text.clip.burntFailed(told(error)));
    } finally {
      setBurning(false);
    }
  };
  const shareLink = async () => {
    if (!event) return;
    const link = new URL(addressOf({ page: "event", id: event.id, filter: "" }), location.origin).href;
    const how = await share(text.clip.title(whoWas(event), event.camera), link);
    if (how === "copied") notices.good(text.clip.shared);
    if (how === "by hand") notices.link(text.clip.shareByHand, link);
  };

  const onKeyDown = (key: KeyboardEvent) => {
    if (key.ctrlKey || key.metaKey || key.altKey) return;
    const target = key.target instanceof HTMLElement ? key.target : null;
    const onSlider = target?.matches("input[type=range]") ?? false;
    if (target?.matches("input[type=text], input:not([type])")) return;
    // A button with the focus keeps Space for itself.
    if (key.key === " " && target?.matches("button, a")) return;
    if (onSlider && (key.key === "ArrowLeft" || key.key === "ArrowRight")) return;
    const keys: Record<string, () => void> = {
      ArrowLeft: () => show(newer),
      ArrowRight: () => show(older),
      " ": () => controls.current?.toggle(),
      ",": () => controls.current?.step(-1),
      ".": () => controls.current?.step(1),
      j: () => controls.current?.skip(-10),
      l: () => controls.current?.skip(10),
      k: keep,
      d: save,
      f: () => controls.current?.fullscreen(),
      t: () => controls.current?.text(),
      b: () => controls.current?.moved(),
      m: () => controls.current?.sound(),
      Delete: remove,
      "?": () => setHelp(!help),
    };
    const name = key.key.length === 1 ? key.key.toLowerCase() : key.key;
    const act = keys[name];
    if (!act || (!mayChange && CHANGING.has(name))) return;
    key.preventDefault();
    if (!key.repeat || REPEATING.has(name)) act();
  };

  const title = event ? text.clip.title(whoWas(event), event.camera) : text.events.title;
  return (
    <Modal label={title} class="clip" onClose={close} onKeyDown={onKeyDown}>
      <div class="clip-stage">
        {event ? (
          <ClipPlayer key={event.id} event={event} traces={traces} instead={<FirstPhoto photos={photos} onOpen={setPhoto} />} controls={controls} onNewer={newer && (() => show(newer))} onOlder={older && (() => show(older))} />
        ) : (
          <p class="clip-message">{failure ?? text.clip.loading}</p>
        )}
        <PhotoStrip photos={photos} onOpen={setPhoto} />
      </div>
      <div class="clip-side">
        <div class="sheet-head">
          <h2>{title}</h2>
          <button class="button round" aria-label={text.close} onClick={close}>
            <Icon name="close" />
          </button>
        </div>
        {event && (
          <>
            <Facts event={event} traces={traces} />
            <div class="actions">
              <a class="button primary" href={address.download(event.id)} download="">
                <Icon name="download" />
                {text.clip.download}
              </a>
              <button class="button" onClick={() => void shareLink()}>
                <Icon name="share" />
                {text.clip.share}
              </button>
              <button class="button wide" aria-busy={burning} disabled={burning} onClick={() => void saveBurnt()}>
                <Icon name="words" />
                {burning ? text.clip.preparing : text.clip.downloadBurnt}
              </button>
              {mayChange && (
                <>
                  <button class="button" aria-pressed={event.kept} onClick={keep}>
                    <Icon name="star" filled={event.kept} />
                    {event.kept ? text.clip.kept : text.clip.keep}
                  </button>
                  <button class="button danger" onClick={remove}>
                    <Icon name="bin" />
                    {text.clip.remove}
                  </button>
                </>
              )}
            </div>
            {event.objects.length > 0 && (
              <div class="sightings-place">
                <ObjectList event={event} onGo={(instant) => controls.current?.goTo(instant)} />
              </div>
            )}
            <button class="button help-button" aria-expanded={help} onClick={() => setHelp(!help)}>
              <Icon name="keys" />
              {text.clip.keys}
            </button>
            {help && <Keys mayChange={mayChange} />}
          </>
        )}
      </div>
      {photo !== null ? (
        <PhotoViewer id={photo} photos={[...photos].reverse()} linksEvent={false} onShow={setPhoto} onClose={() => setPhoto(null)} />
      ) : (
        <NoticesView />
      )}
    </Modal>
  );
}

function Facts({ event, traces }: { event: Event; traces: readonly Trace[] }) {
  const { recorder } = useApp();
  const zone = useWatched(recorder.zone);
  const now = useNow(1_000);
  const at = Date.parse(event.triggered);
  const browser = zone.foreignBrowser(at);
  const zones = zonesOf(traces);
  const unknown = unknownOf(event);
  return (
    <dl class="facts">
      <dt>{text.clip.when}</dt>
      <dd>
        {zone.dayName(at, now)}, {zone.exactTime(at)}
        {browser && <span class="quiet small note-line">{text.time.foreign(zone.name, browser)}</span>}
      </dd>
      {event.recognition !== "off" && (
        <>
          <dt>{objectText.seen}</dt>
          <dd>
            {event.objects.length > 0 ? whatWas(event) : unknown === null && objectText.nobody}
            {unknown !== null && (
              <span class="unknown note-line" data-unknown="">
                <Icon name="warning" />
                {unknown}
              </span>
            )}
          </dd>
        </>
      )}
      {isBySensor(event) && (
        <>
          <dt>{deviceText.why}</dt>
          <dd data-why="">{whyWas(event)}</dd>
        </>
      )}
      <dt>{text.clip.camera}</dt>
      <dd>{event.camera}</dd>
      {zones.length > 0 && (
        <>
          <dt>{text.clip.zones}</dt>
          <dd>{zones.join(", ")}</dd>
        </>
      )}
      <dt>{text.clip.lasted}</dt>
      <dd>{lengthOf(event, now)}</dd>
      <dt>{text.clip.ended}</dt>
      <dd>{event.ended === null ? text.clip.goesOn : text.clip.endings[event.ended]}</dd>
    </dl>
  );
}

function Keys({ mayChange }: { mayChange: boolean }) {
  return (
    <dl class="keys">
      {text.clip.help.filter(([key]) => mayChange || !CHANGING.has(key)).map(([key, meaning]) => (
        <div key={key}>
          <dt>
            {key.split("  ").map((one) => (
              <kbd key={one}>{one}</kbd>
            ))}
          </dt>
          <dd>{meaning}</dd>
        </div>
      ))}
    </dl>
  );
}

/** The event, from the list where it is loaded, else from the recorder; kept up to date. */
function useEvent(id: string, list: EventList): { event: Event | null; failure: string | null } {
  const { recorder } = useApp();
  const { items: events } = useWatched(list.view);
  const listed = events.find((event) => event.id === id);
  const [fetched, setFetched] = useState<Event | null>(null);
  const [failure, setFailure] = useState<string | null>(null);
  const [gone, setGone] = useState<string | null>(null);
  // Where the list begins anew, the open event stays while it is asked for.
  const last = useRef<Event | null>(null);
  if (listed) last.current = listed;

  useEffect(() => {
    let current = true;
    setFailure(null);
    setGone(null);
    const fetchIt = () => {
      recorder.api.event(id).then(
        (event) => current && setFetched(event),
        (error: unknown) => {
          if (!current) return;
          const missing = error instanceof Refused && error.status === 404;
          if (missing) setGone(id);
          setFailure(missing ? text.clip.notFound : told(error));
        },
      );
    };
    if (!listed) fetchIt();
    const stops = [recorder.onEvent((event) => event.id === id && setFetched(event)), recorder.onCaughtUp(() => !listed && fetchIt())];
    return () => {
      current = false;
      for (const stop of stops) stop();
    };
  }, [id, !listed]);

  const event = listed ?? (gone === id ? null : ([fetched, last.current].find((one) => one?.id === id) ?? null));
  return { event, failure: event ? null : failure };
}

/** The events beside this one in the list; beside its time, when a filter leaves it out. */
function neighbours(events: readonly Event[], event: Event | null, id: string): { newer: Event | null; older: Event | null } {
  const at = events.findIndex((one) => one.id === id);
  if (at >= 0) return { newer: events[at - 1] ?? null, older: events[at + 1] ?? null };
  if (!event) return { newer: null, older: null };
  const start = Date.parse(event.start);
  const after = events.findIndex((one) => Date.parse(one.start) < start);
  const place = after < 0 ? events.length : after;
  return { newer: events[place - 1] ?? null, older: events[place] ?? null };
}
