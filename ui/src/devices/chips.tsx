// All sensors at a glance, over the live pictures: what stands open or is silent comes first.
import { useApp, useNow } from "../recorder/context";
import type { Sensor } from "../recorder/wire";
import { addressOf } from "../router";
import { Icon } from "../shell/icons";
import { useWatched } from "../watchable";
import { hadSensors } from "./known";
import { deviceText } from "./text";
import { chipWords, pressingFirst, stateOf } from "./words";

const DAY_MS = 86_400_000;

export function SensorChips() {
  const devices = useWatched(useApp().recorder.devices);
  if (!hadSensors(devices)) return null;
  return (
    <section class="sensor-chips" aria-label={deviceText.sensors}>
      <Chips sensors={devices?.sensors ?? []} />
    </section>
  );
}

/** Those of one camera, too. */
export function Chips({ sensors }: { sensors: readonly Sensor[] }) {
  const { recorder } = useApp();
  const zone = useWatched(recorder.zone);
  const now = useNow(1_000);
  // What is older than a day needs no minutes.
  const moment = (instant: number) => (now - instant < DAY_MS ? zone.moment(instant, now) : zone.dayName(instant, now));
  return (
    <ul class="chips">
      {pressingFirst(sensors, (sensor) => stateOf(sensor, now)).map((sensor) => {
        const state = stateOf(sensor, now);
        return (
          <li key={sensor.name}>
            <a class="sensor-chip" data-sensor={sensor.name} data-tone={state.tone} href={addressOf({ page: "devices" })}>
              <Icon name={state.icon} />
              <span class="chip-words">
                <b>{sensor.name}</b>
                <span class="chip-state">{chipWords(state, sensor.reading.battery, now, moment)}</span>
              </span>
            </a>
          </li>
        );
      })}
    </ul>
  );
}
