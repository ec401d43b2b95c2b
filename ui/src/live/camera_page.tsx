// One camera, large, with what can be done with its picture.
import { useRef } from "preact/hooks";
import { told } from "../recorder/api";
import { useApp } from "../recorder/context";
import type { Camera } from "../recorder/wire";
import { Icon } from "../shell/icons";
import { saveAs } from "../shell/saving";
import { canFullscreen, toggleFullscreen } from "../shell/fullscreen";
import { text } from "../text";
import { useWatched } from "../watchable";
import { LatestEvents } from "./latest";
import { LivePicture } from "./picture";

export function CameraPage({ name }: { name: string }) {
  const { recorder, notices, router } = useApp();
  const camera = useWatched(recorder.status)?.cameras.find((one) => one.name === name);
  const stage = useRef<HTMLDivElement>(null);

  const saveSnapshot = async () => {
    try {
      const taken = recorder.now();
      const { time, date } = fileStamp(recorder.zone.get().wall(taken));
      saveAs(await recorder.api.snapshot(name), `${name}_${date}_${time}.jpg`);
    } catch (error) {
      notices.bad(text.live.snapshotFailed(told(error)));
    }
  };

  return (
    <div class="live">
      <div class="camera-page">
        <div class="page-head">
          <a
            class="button"
            href="/"
            onClick={(event) => {
              event.preventDefault();
              router.back({ page: "live" });
            }}
          >
            <Icon name="back" />
            {text.live.back}
          </a>
          <h1>{name}</h1>
          <span class="spring" />
          {camera?.state === "live" && (
            <button class="button" onClick={() => void saveSnapshot()}>
              <Icon name="picture" />
              {text.live.snapshot}
            </button>
          )}
          {camera && canFullscreen() && (
            <button class="button" onClick={() => toggleFullscreen(stage.current)}>
              <Icon name="fullscreen" />
              {text.live.fullscreen}
            </button>
          )}
        </div>
        {camera ? (
          <>
            <div ref={stage} class="stage">
              <LivePicture camera={camera} width={1280} />
            </div>
            <Facts camera={camera} />
          </>
        ) : (
          <p class="empty">{text.live.unknown(name)}</p>
        )}
      </div>
      {camera && <LatestEvents camera={name} />}
    </div>
  );
}

function Facts({ camera }: { camera: Camera }) {
  const { width, height, codec, fps, bitrate } = camera;
  return (
    <dl class="facts row" aria-label={text.live.facts}>
      {width !== null && height !== null && <Fact name={text.live.picture} value={text.live.size(width, height) + (fps === null ? "" : `, ${text.live.rate(fps.toFixed(fps % 1 < 0.05 ? 0 : 1))}`)} />}
      {codec !== null && <Fact name={text.live.codec} value={text.codec(codec)} />}
      {bitrate !== null && <Fact name={text.live.bitrate} value={text.live.megabits((bitrate / 1e6).toFixed(1))} />}
      <Fact name={text.live.records} value={text.live.recordModes[camera.record]} />
      <Fact name={text.live.detects} value={text.live.detections[camera.detection]} />
    </dl>
  );
}

function Fact({ name, value }: { name: string; value: string }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{value}</dd>
    </div>
  );
}

function fileStamp(wall: { year: number; month: number; day: number; hour: number; minute: number; second: number }) {
  const join = (...parts: number[]) => parts.map((part) => String(part).padStart(2, "0")).join("-");
  return { date: join(wall.year, wall.month, wall.day), time: join(wall.hour, wall.minute, wall.second) };
}
