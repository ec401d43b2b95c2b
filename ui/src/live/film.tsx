// A camera's day in a hurry: choose the day and the speed, watch the film or keep it.
import { useState } from "preact/hooks";
import { momentOf } from "../events/ranges";
import { length } from "../lengths";
import { address, told } from "../recorder/api";
import { useApp } from "../recorder/context";
import { type Day, shifted } from "../recorder/zone";
import { Icon } from "../shell/icons";
import { Modal } from "../shell/modal";
import { download } from "../shell/saving";
import { text } from "../text";
import { useWatched } from "../watchable";

const FPS = 25;
/** Seconds from one picture to the next. */
const SPEEDS = [10, 30, 60, 300] as const;

export function FilmDialog({ camera, onClose }: { camera: string; onClose: () => void }) {
  const { recorder } = useApp();
  const zone = useWatched(recorder.zone);
  const today = momentOf(recorder.now(), zone).slice(0, 10);
  const [day, setDay] = useState(today);
  const [every, setEvery] = useState<number>(SPEEDS[1]);
  const [busy, setBusy] = useState(false);
  const [failure, setFailure] = useState<string | null>(null);
  const [film, setFilm] = useState<string | null>(null);

  const query = (more: Record<string, string>) => {
    const date = dayOf(day);
    if (!date) return null;
    const at = (some: Day) => new Date(zone.instant(some)).toISOString();
    return new URLSearchParams({ camera, from: at(date), to: at(shifted(date, 1)), every: `${every}s`, fps: String(FPS), ...more });
  };
  const change = (work: () => void) => {
    work();
    setFilm(null);
    setFailure(null);
  };
  /** The recorder says more than a video element or a download that fails. */
  const whenThere = async (then: (asked: URLSearchParams) => void, more: Record<string, string>) => {
    const asked = query(more);
    if (!asked) return;
    setBusy(true);
    setFailure(null);
    try {
      await recorder.api.filmIsThere(asked);
      then(asked);
    } catch (error) {
      setFilm(null);
      setFailure(text.film.failed(told(error)));
    } finally {
      setBusy(false);
    }
  };

  return (
    <Modal label={text.film.title(camera)} class="sheet film" onClose={onClose}>
      <div class="sheet-head">
        <h2>{text.film.title(camera)}</h2>
        <button class="button round" aria-label={text.close} onClick={onClose}>
          <Icon name="close" />
        </button>
      </div>
      <form
        class="film-form"
        onSubmit={(event) => {
          event.preventDefault();
          void whenThere((asked) => setFilm(address.film(asked)), {});
        }}
      >
        <label class="field">
          {text.film.day}
          <input class="input" type="date" required value={day} max={today} onInput={(event) => change(() => setDay(event.currentTarget.value))} />
        </label>
        <label class="field">
          {text.film.speed}
          <select class="input" value={every} onChange={(event) => change(() => setEvery(Number(event.currentTarget.value)))}>
            {SPEEDS.map((seconds) => (
              <option key={seconds} value={seconds}>
                {text.film.speeds(length(seconds), length(86_400 / seconds / FPS))}
              </option>
            ))}
          </select>
        </label>
        <div class="sheet-foot">
          <button class="button primary" type="submit" disabled={busy}>
            <Icon name="play" filled />
            {text.film.watch}
          </button>
          <button class="button" type="button" disabled={busy} onClick={() => void whenThere((asked) => download(address.film(asked)), { download: "1" })}>
            <Icon name="download" />
            {text.film.download}
          </button>
        </div>
      </form>
      <p class={failure === null ? "quiet" : "bad"} role="status">
        {busy ? text.film.looking : failure}
      </p>
      {film !== null && <video class="film-picture" src={film} controls autoplay muted playsInline aria-label={text.film.label(camera, day)} />}
    </Modal>
  );
}

/** What a date field holds; `null` while it holds none. */
function dayOf(value: string): Day | null {
  const [, year, month, day] = /^(\d{4})-(\d\d)-(\d\d)$/.exec(value) ?? [];
  return year === undefined ? null : { year: Number(year), month: Number(month), day: Number(day) };
}
