// What can be done with one camera: record by hand, take photos, hear it, and the dialogs for the rest.
import type { RefObject } from "preact";
import { useState } from "preact/hooks";
import { movedShown, showMoved, soundWanted } from "../choices";
import { position } from "../lengths";
import { told } from "../recorder/api";
import { useApp, useNow } from "../recorder/context";
import type { Camera } from "../recorder/wire";
import { addressOf } from "../router";
import { two } from "../recorder/zone";
import { canFullscreen, toggleFullscreen } from "../shell/fullscreen";
import { Icon } from "../shell/icons";
import { later } from "../shell/later";
import { saveAs } from "../shell/saving";
import { objectText } from "../objects/text";
import { text } from "../text";
import { useWatched } from "../watchable";

const FilmDialog = later(() => import("../seldom").then((part) => part.FilmDialog));
const PictureDialog = later(() => import("../seldom").then((part) => part.PictureDialog));

interface Props {
  camera: Camera;
  stage: RefObject<HTMLDivElement | null>;
  mayChange: boolean;
  isOwner: boolean;
}

export function CameraActions({ camera, stage, mayChange, isOwner }: Props) {
  const [dialog, setDialog] = useState<"picture" | "film" | null>(null);
  const close = () => setDialog(null);
  return (
    <div class="camera-actions" role="group" aria-label={text.live.controls}>
      {mayChange && camera.record !== "off" && <ByHand camera={camera} />}
      {mayChange && camera.state === "live" && <TakePhoto camera={camera.name} />}
      {camera.state === "live" && <SavePicture camera={camera.name} />}
      {camera.audio && <SoundButton />}
      {camera.detection !== "off" && <BoxesButton />}
      {canFullscreen() && (
        <button class="button" onClick={() => toggleFullscreen(stage.current)}>
          <Icon name="fullscreen" />
          {text.live.fullscreen}
        </button>
      )}
      <button class="button" aria-haspopup="dialog" onClick={() => setDialog("film")}>
        <Icon name="film" />
        {text.film.open}
      </button>
      <a class="button" href={addressOf({ page: "motion", name: camera.name })}>
        <Icon name="shape" />
        {text.motion.open}
      </a>
      {isOwner && camera.controls.picture && (
        <button class="button" aria-haspopup="dialog" onClick={() => setDialog("picture")}>
          <Icon name="sliders" />
          {text.picture.open}
        </button>
      )}
      {dialog === "film" && <FilmDialog camera={camera.name} onClose={close} />}
      {dialog === "picture" && <PictureDialog camera={camera.name} onClose={close} />}
    </div>
  );
}

/** How long a recording lasts that is asked for with one touch, in seconds. */
const SHORT_S = 30;

function ByHand({ camera: { name, manual } }: { camera: Camera }) {
  const { recorder, notices } = useApp();
  const [busy, setBusy] = useState(false);
  const act = async (work: () => Promise<void>, failed: (why: string) => string) => {
    setBusy(true);
    try {
      await work();
    } catch (error) {
      notices.bad(failed(told(error)));
    } finally {
      setBusy(false);
    }
  };
  const record = (seconds: number | null) => void act(() => recorder.record(name, seconds), text.live.recordFailed);
  if (manual) {
    return (
      <span class="by-hand">
        <button class="button danger" disabled={busy} onClick={() => void act(() => recorder.stopRecording(name), text.live.stopFailed)}>
          <Icon name="stop" />
          {text.live.stopRecording}
        </button>
        <RecordingTime manual={manual} />
      </span>
    );
  }
  return (
    <>
      <button class="button primary" disabled={busy} onClick={() => record(SHORT_S)}>
        <Icon name="record" />
        {text.live.recordFor(SHORT_S)}
      </button>
      <button class="button" title={text.live.recordHint} disabled={busy} onClick={() => record(null)}>
        <Icon name="record" />
        {text.live.record}
      </button>
    </>
  );
}

function RecordingTime({ manual: { since, until } }: { manual: NonNullable<Camera["manual"]> }) {
  const now = useNow(500);
  const seconds = until === null ? (now - Date.parse(since)) / 1000 : Math.ceil((Date.parse(until) - now) / 1000);
  const words = until === null ? text.live.timePassed : text.live.timeLeft;
  return <span class="quiet recording-time">{words(position(seconds))}</span>;
}

function TakePhoto({ camera }: { camera: string }) {
  const { recorder, notices } = useApp();
  const [busy, setBusy] = useState(false);
  const take = async () => {
    setBusy(true);
    try {
      await recorder.takePhoto(camera);
      notices.good(text.live.photoTaken);
    } catch (error) {
      notices.bad(text.live.photoFailed(told(error)));
    } finally {
      setBusy(false);
    }
  };
  return (
    <button class="button" title={text.live.photoHint} aria-busy={busy} disabled={busy} onClick={() => void take()}>
      <Icon name="photo" />
      {text.live.takePhoto}
    </button>
  );
}

function SavePicture({ camera }: { camera: string }) {
  const { recorder, notices } = useApp();
  const save = async () => {
    try {
      const { year, month, day, hour, minute, second } = recorder.zone.get().wall(recorder.now());
      const stamp = `${year}-${two(month)}-${two(day)}_${two(hour)}-${two(minute)}-${two(second)}`;
      saveAs(await recorder.api.snapshot(camera), `${camera}_${stamp}.jpg`);
    } catch (error) {
      notices.bad(text.live.snapshotFailed(told(error)));
    }
  };
  return (
    <button class="button" title={text.live.snapshotHint} onClick={() => void save()}>
      <Icon name="download" />
      {text.live.snapshot}
    </button>
  );
}

/** Its words tell what it does next, as those of the sound do. */
function BoxesButton() {
  const on = useWatched(movedShown);
  return (
    <button class="button" data-on={on ? "" : undefined} onClick={() => showMoved(!on)}>
      <Icon name="moved" />
      {on ? objectText.hideBoxes : objectText.showBoxes}
    </button>
  );
}

function SoundButton() {
  const on = useWatched(soundWanted);
  return (
    <button class="button" onClick={() => soundWanted.set(!on)}>
      <Icon name={on ? "soundOn" : "soundOff"} />
      {on ? text.live.soundOff : text.live.soundOn}
    </button>
  );
}
