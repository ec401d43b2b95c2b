// A sensor: what it says, since when, what it measures, what it does; one that is played can be played here.
import { useEffect, useState } from "preact/hooks";
import { EVERYTHING, filterOf } from "../events/query";
import { roughLength } from "../lengths";
import { told } from "../recorder/api";
import { useApp } from "../recorder/context";
import type { Reading, Sensor } from "../recorder/wire";
import { addressOf } from "../router";
import { Ago, DeviceCard, Fact, Share, Slide } from "./parts";
import { deviceText } from "./text";
import { deeds, distance, percent, stateOf, valueWords } from "./words";

/** As far as an ultrasonic sensor sees, in millimetres. */
const REACH = 4_000;

interface Props {
  sensor: Sensor;
  now: number;
  mayChange: boolean;
}

export function SensorCard({ sensor, now, mayChange }: Props) {
  const { name, kind, fault, reading } = sensor;
  const { tone, word, icon, since } = stateOf(sensor, now);
  return (
    <DeviceCard
      name={name}
      kind={deviceText.kinds[kind]}
      icon={icon}
      tone={tone}
      sim={kind === "sim"}
      fault={fault}
      state={
        <>
          <b>{sensor.senses === "measure" && !fault ? deviceText.measures : word}</b> {since !== null && <Ago at={new Date(since).toISOString()} now={now} words={lasting} />}
        </>
      }
    >
      <dl class="device-facts">
        <Fact name={deviceText.seen}>
          <Ago at={sensor.seen} now={now} />
        </Fact>
        {sensor.senses !== "measure" && (
          <Fact name={deviceText.fired}>
            <Ago at={sensor.fired} now={now} />
          </Fact>
        )}
        {(reading.distance_mm !== null || reading.free) && <Fact name={deviceText.distance}>{reading.free ? deviceText.free : distance(reading.distance_mm ?? 0)}</Fact>}
        {reading.brightness !== null && <Share name={deviceText.brightness} share={reading.brightness} />}
        {reading.level !== null && <Share name={deviceText.level} share={reading.level} />}
        {reading.value !== null && <Fact name={deviceText.value}>{valueWords(reading.value)}</Fact>}
        {sensor.unreadable > 0 && <Fact name={deviceText.unreadable}>{sensor.unreadable}</Fact>}
        {reading.battery !== null && <Share name={deviceText.battery} share={reading.battery} low />}
        <Fact name={deviceText.does}>{deeds(sensor)}</Fact>
      </dl>
      {kind === "sim" && mayChange && <Play sensor={sensor} />}
      <a class="link" href={addressOf({ page: "events", filter: filterOf({ ...EVERYTHING, sensor: name }) })}>
        {deviceText.eventsOf(name)}
      </a>
    </DeviceCard>
  );
}

function lasting(since: number, now: number): string {
  return deviceText.forLength(roughLength((now - since) / 1000));
}

/** Makes a played sensor tell something. */
function Play({ sensor: { name, senses, reading } }: { sensor: Sensor }) {
  const { recorder, notices } = useApp();
  const [millimetres, setMillimetres] = useState(reading.distance_mm ?? REACH / 2);
  const [brightness, setBrightness] = useState(reading.brightness ?? 0.5);
  // A file may play it as well.
  useEffect(() => setMillimetres((before) => reading.distance_mm ?? before), [reading.distance_mm]);
  useEffect(() => setBrightness((before) => reading.brightness ?? before), [reading.brightness]);
  const play = (what: Partial<Reading>) => {
    recorder.api.playSensor(name, what).catch((error: unknown) => notices.bad(deviceText.failed(name, told(error))));
  };
  return (
    <div class="play" role="group" aria-label={deviceText.play(name)}>
      <b class="small">{deviceText.playIt}</b>
      <div class="play-buttons">
        {senses !== "measure" && (
          <>
            <button class="button" onClick={() => play({ on: true })}>
              {deviceText.playYes}
            </button>
            <button class="button" onClick={() => play({ on: false })}>
              {deviceText.playNo}
            </button>
          </>
        )}
        <button class="button" onClick={() => play({ free: true })}>
          {deviceText.playFree}
        </button>
      </div>
      <div class="play-slide">
        <span aria-hidden="true">{deviceText.distance}</span>
        <Slide label={deviceText.playDistance} value={millimetres} least={20} most={REACH} step={10} shown={distance} onInput={setMillimetres} onChange={(value) => play({ distance_mm: value })} />
        <span class="play-value" aria-hidden="true">
          {distance(millimetres)}
        </span>
      </div>
      {senses === "measure" && (
        <div class="play-slide">
          <span aria-hidden="true">{deviceText.brightness}</span>
          <Slide label={deviceText.playBrightness} value={brightness} least={0} most={1} step={0.01} shown={percent} onInput={setBrightness} onChange={(value) => play({ brightness: value })} />
          <span class="play-value" aria-hidden="true">
            {percent(brightness)}
          </span>
        </div>
      )}
    </div>
  );
}
