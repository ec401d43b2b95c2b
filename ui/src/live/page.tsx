// All cameras at once, and what happened last.
import { SensorChips } from "../devices/chips";
import { useApp, useIsOwner, useNow } from "../recorder/context";
import type { Camera } from "../recorder/wire";
import { listed } from "../objects/words";
import { addressOf } from "../router";
import { Icon } from "../shell/icons";
import { text } from "../text";
import { useWatched } from "../watchable";
import { ailmentsOf } from "./ailing";
import { LatestEvents } from "./latest";
import { LivePicture } from "./picture";

export function LivePage() {
  const { recorder } = useApp();
  const cameras = useWatched(recorder.status)?.cameras ?? [];
  const isOwner = useIsOwner();
  const firstRun = cameras.every((camera) => camera.demo);
  return (
    <div class="live">
      <h1 class="hidden">{text.live.title}</h1>
      <div class="wall-side">
        <SensorChips />
        {firstRun && (
          <div class="first-run">
            <p>{cameras.length === 0 ? text.live.none : text.live.onlyDemo}</p>
            {isOwner && <AddLink prominent />}
          </div>
        )}
        {cameras.length > 0 && (
          <ul class="wall" data-count={Math.min(cameras.length, 10)}>
            {cameras.map((camera) => (
              <li key={camera.name}>
                <Tile camera={camera} />
              </li>
            ))}
          </ul>
        )}
        {!firstRun && isOwner && <AddLink prominent={false} />}
      </div>
      <LatestEvents camera={null} />
    </div>
  );
}

function AddLink({ prominent }: { prominent: boolean }) {
  return (
    <a class={prominent ? "button primary" : "link"} href={addressOf({ page: "add camera" })}>
      {prominent && <Icon name="plus" />}
      {text.live.addCamera}
    </a>
  );
}

function Tile({ camera }: { camera: Camera }) {
  const { recorder } = useApp();
  const zone = useWatched(recorder.zone);
  const ailments = ailmentsOf(camera, zone, useNow(60_000), camera.state === "offline");
  return (
    <a
      class="tile"
      href={addressOf({ page: "camera", name: camera.name })}
      data-motion={camera.detection === "motion" ? "" : undefined}
      data-ailing={ailments.length > 0 ? "" : undefined}
    >
      <span class="hidden">{text.live.tile(camera.name, text.live.states[camera.state], camera.demo, camera.cause, camera.objects.length > 0 ? [...ailments, listed(camera.objects)] : ailments)}</span>
      {/* Said above; what changes twice a second would only be noise. */}
      <div aria-hidden="true">
        <LivePicture camera={camera} width={640} />
      </div>
    </a>
  );
}
