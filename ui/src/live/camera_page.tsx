// One camera, large, with what can be done with it and what is known of it.
import { useRef } from "preact/hooks";
import { movedShown } from "../choices";
import { useApp, useIsOwner, useMayChange } from "../recorder/context";
import type { Camera } from "../recorder/wire";
import { Icon } from "../shell/icons";
import { later } from "../shell/later";
import { MotionLane } from "../levels/lane";
import { text } from "../text";
import { useWatched } from "../watchable";
import { CameraActions } from "./camera_actions";
import { LatestEvents } from "./latest";
import { LivePicture } from "./picture";
import { Troubles } from "./troubles";

const CameraDevices = later(() => import("../seldom").then((part) => part.CameraDevices));
const LiveBoxes = later(() => import("../seldom").then((part) => part.LiveBoxes));
const ObjectsPanel = later(() => import("../seldom").then((part) => part.ObjectsPanel));
const PtzPanel = later(() => import("../seldom").then((part) => part.PtzPanel));

export function CameraPage({ name }: { name: string }) {
  const { recorder, router } = useApp();
  const camera = useWatched(recorder.status)?.cameras.find((one) => one.name === name);
  const mayChange = useMayChange();
  const isOwner = useIsOwner();
  const stage = useRef<HTMLDivElement>(null);
  const boxes = useWatched(movedShown);

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
        </div>
        {camera ? (
          <>
            <div ref={stage} class="stage">
              <LivePicture camera={camera} width={1280} audible />
              {boxes && camera.detection !== "off" && camera.state === "live" && <LiveBoxes camera={camera} />}
            </div>
            <CameraActions camera={camera} stage={stage} mayChange={mayChange} isOwner={isOwner} />
            <Facts camera={camera} />
            {camera.controls.ptz && mayChange && <PtzPanel camera={name} isOwner={isOwner} />}
            <CameraDevices camera={name} />
            <MotionLane camera={name} title={text.motion.lane(text.motion.spans[24] ?? "")} />
            <ObjectsPanel camera={camera} />
            <Troubles camera={name} />
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
  const { width, height, codec, fps, bitrate, note } = camera;
  return (
    <dl class="facts row" aria-label={text.live.facts}>
      {width !== null && height !== null && <Fact name={text.live.picture} value={text.live.size(width, height) + (fps === null ? "" : `, ${text.live.rate(fps.toFixed(fps % 1 < 0.05 ? 0 : 1))}`)} />}
      {codec !== null && <Fact name={text.live.codec} value={text.codec(codec)} />}
      {bitrate !== null && <Fact name={text.live.bitrate} value={text.live.megabits((bitrate / 1e6).toFixed(1))} />}
      <Fact name={text.live.records} value={text.live.recordModes[camera.record]} />
      <Fact name={text.live.detects} value={text.live.detections[camera.detection]} />
      {note !== null && <Fact name={text.live.note} value={note} />}
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
