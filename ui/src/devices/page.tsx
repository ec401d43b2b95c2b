// All devices: what the sensors say, and how lights, servos and outputs stand and obey.
import type { ComponentChildren } from "preact";
import { useApp, useMayChange, useNow } from "../recorder/context";
import type { Broker } from "../recorder/wire";
import { Icon } from "../shell/icons";
import { useWatched } from "../watchable";
import { LightCard } from "./light";
import { OutputCard } from "./output";
import { Moment } from "./parts";
import { SensorCard } from "./sensor";
import { ServoCard } from "./servo";
import { deviceText } from "./text";
import { grouped, isAny } from "./words";

export function DevicesPage() {
  const devices = useWatched(useApp().recorder.devices);
  const mayChange = useMayChange();
  const now = useNow(1_000);
  return (
    <div class="devices">
      <div class="page-head">
        <h1>{deviceText.title}</h1>
      </div>
      {!devices && <p class="quiet loading">{deviceText.loading}</p>}
      {devices && !isAny(devices) && <p class="empty">{deviceText.none}</p>}
      {devices?.mqtt && <BrokerLine broker={devices.mqtt} now={now} />}
      {devices && (
        <>
          {grouped(devices.sensors).map(([group, sensors]) => (
            <Group key={group} title={deviceText.groups[group]}>
              {sensors.map((sensor) => (
                <SensorCard key={sensor.name} sensor={sensor} now={now} mayChange={mayChange} />
              ))}
            </Group>
          ))}
          <Group title={deviceText.lights}>
            {devices.lights.map((light) => (
              <LightCard key={light.name} light={light} now={now} mayChange={mayChange} />
            ))}
          </Group>
          <Group title={deviceText.servos}>
            {devices.servos.map((servo) => (
              <ServoCard key={servo.name} servo={servo} mayChange={mayChange} />
            ))}
          </Group>
          <Group title={deviceText.outputs}>
            {devices.outputs.map((output) => (
              <OutputCard key={output.name} output={output} now={now} mayChange={mayChange} />
            ))}
          </Group>
        </>
      )}
    </div>
  );
}

function Group({ title, children }: { title: string; children: ComponentChildren[] }) {
  if (children.length === 0) return null;
  return (
    <section class="device-group" aria-label={title}>
      <h2>{title}</h2>
      <ul class="device-cards">{children}</ul>
    </section>
  );
}

function BrokerLine({ broker: { broker, state, since, cause, hint }, now }: { broker: Broker; now: number }) {
  return (
    <div class="broker" data-broker={state}>
      <p>
        <Icon name={state === "down" ? "warning" : "broker"} />
        <b>{deviceText.broker}</b>
        <span class="broker-name">{broker}</span>
        <span class="broker-state">
          {deviceText.brokerStates[state]} <Moment at={Date.parse(since)} now={now} words={deviceText.since} />
        </span>
      </p>
      {cause && <p>{cause}</p>}
      {hint && <p class="quiet">{hint}</p>}
    </div>
  );
}
