// What belongs to one camera: the sensors that trigger it, and how bright its lights find the room.
import { useApp } from "../recorder/context";
import type { Light } from "../recorder/wire";
import { addressOf } from "../router";
import { Icon } from "../shell/icons";
import { useWatched } from "../watchable";
import { Chips } from "./chips";
import { deviceText } from "./text";
import { percent } from "./words";

export function CameraDevices({ camera }: { camera: string }) {
  const devices = useWatched(useApp().recorder.devices);
  const sensors = devices?.sensors.filter(({ cameras }) => cameras.includes(camera)) ?? [];
  const lights = devices?.lights.filter(({ cameras }) => cameras.includes(camera)) ?? [];
  if (sensors.length + lights.length === 0) return null;
  return (
    <section class="camera-devices" aria-labelledby="camera-devices-title">
      <h2 id="camera-devices-title">{deviceText.camera}</h2>
      {sensors.length > 0 && <Chips sensors={sensors} />}
      {lights.length > 0 && (
        <ul class="chips">
          {lights.map((light) => (
            <li key={light.name}>
              <LightChip light={light} />
            </li>
          ))}
        </ul>
      )}
    </section>
  );
}

function LightChip({ light: { name, on, brightness, fault } }: { light: Light }) {
  const word = fault ? deviceText.fault : on === null ? deviceText.unknown : on ? deviceText.lightOn : deviceText.lightOff;
  return (
    <a class="sensor-chip" data-light={name} data-tone={fault ? "fault" : on ? "active" : "quiet"} href={addressOf({ page: "devices" })}>
      <Icon name={fault ? "warning" : "lamp"} />
      <span class="chip-words">
        <b>{name}</b>
        <span class="chip-state">{brightness === null ? word : deviceText.chipAt(word, deviceText.bright(percent(brightness)))}</span>
      </span>
      {brightness !== null && (
        <span class="share-bar" aria-hidden="true">
          <i style={{ width: `${Math.round(100 * brightness)}%` }} />
        </span>
      )}
    </a>
  );
}
