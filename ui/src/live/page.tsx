// All cameras at once, and what happened last.
import { useApp } from "../recorder/context";
import type { Camera } from "../recorder/wire";
import { addressOf } from "../router";
import { text } from "../text";
import { useWatched } from "../watchable";
import { LatestEvents } from "./latest";
import { LivePicture } from "./picture";

export function LivePage() {
  const { recorder } = useApp();
  const cameras = useWatched(recorder.status)?.cameras ?? [];
  return (
    <div class="live">
      <h1 class="hidden">{text.live.title}</h1>
      {cameras.length === 0 ? (
        <p class="empty">{text.live.none}</p>
      ) : (
        <ul class="wall" data-count={Math.min(cameras.length, 10)}>
          {cameras.map((camera) => (
            <li key={camera.name}>
              <Tile camera={camera} />
            </li>
          ))}
        </ul>
      )}
      <LatestEvents camera={null} />
    </div>
  );
}

function Tile({ camera }: { camera: Camera }) {
  return (
    <a
      class="tile"
      href={addressOf({ page: "camera", name: camera.name })}
      data-motion={camera.detection === "motion" ? "" : undefined}
    >
      <span class="hidden">{text.live.tile(camera.name, text.live.states[camera.state], camera.demo, camera.cause)}</span>
      {/* Said above; what changes twice a second would only be noise. */}
      <div aria-hidden="true">
        <LivePicture camera={camera} width={640} />
      </div>
    </a>
  );
}
