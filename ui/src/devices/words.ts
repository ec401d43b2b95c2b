// Sensors and whatever obeys, in words: pure, so that each can be told and tested without a page.
import { length, roughLength } from "../lengths";
import type { Devices, Event, Light, Output, Reading, Sensor, Servo } from "../recorder/wire";
import type { IconName } from "../shell/icons";
import { kindName } from "../text";
import { deviceText } from "./text";

/** How much a state calls for attention; each has its colour, and never the colour alone. */
export type Tone = "quiet" | "unknown" | "active" | "open" | "alarm" | "fault";

export interface SensorState {
  tone: Tone;
  word: string;
  icon: IconName;
  /** Since when it is so, in milliseconds since 1970; `null`: nobody knows. */
  since: number | null;
}

/** From here down a battery is worth a word, 0 to 1. */
const LOW_BATTERY = 0.2;
/** A servo that is so near has arrived, in degrees. */
const ARRIVED = 0.5;

const ICONS: Record<Sensor["senses"], IconName> = {
  motion: "pir",
  opening: "door",
  doorbell: "bell",
  panic: "siren",
  button: "button",
  tamper: "tamper",
  measure: "gauge",
};

/** How a sensor stands, at the moment `now` (milliseconds since 1970). */
export function stateOf(sensor: Sensor, now: number): SensorState {
  const { senses, active } = sensor;
  const since = instant(sensor.since);
  if (sensor.fault) {
    const silent = isSilent(sensor, now);
    return { tone: "fault", word: silent ? deviceText.silent : deviceText.fault, icon: "warning", since: silent ? instant(sensor.seen) : null };
  }
  if (senses === "measure") return { tone: "quiet", word: measured(sensor.reading) || deviceText.measures, icon: ICONS.measure, since: null };
  if (active === null) return { tone: "unknown", word: deviceText.unknown, icon: ICONS[senses], since: null };
  const [yes, no] = deviceText.sensed[senses];
  if (!active) return { tone: "quiet", word: no, icon: ICONS[senses], since };
  const tone = senses === "opening" ? "open" : senses === "panic" || senses === "tamper" ? "alarm" : "active";
  return { tone, word: yes, icon: senses === "opening" ? "doorOpen" : ICONS[senses], since };
}

function isSilent({ seen, heartbeat_seconds: heartbeat }: Sensor, now: number): boolean {
  const heard = instant(seen);
  return heartbeat !== null && (heard === null || now - heard > heartbeat * 1000);
}

/** Whether somebody should see it first. */
export function isPressing({ tone }: SensorState): boolean {
  return tone === "open" || tone === "alarm" || tone === "fault";
}

/** What presses comes first; all else stays in its order, so that nothing jumps for who walks by. */
export function pressingFirst<Item>(items: readonly Item[], state: (item: Item) => SensorState): Item[] {
  return [...items.filter((item) => isPressing(state(item))), ...items.filter((item) => !isPressing(state(item)))];
}

/** `Open 12 min`, `Closed · 13:51`; `moment` tells an instant as the clock on the wall does. */
export function chipWords({ tone, word, since }: SensorState, battery: number | null, now: number, moment: (instant: number) => string): string {
  const lasting = tone !== "quiet" && tone !== "unknown";
  if (lasting) return deviceText.chip(word, since === null ? null : roughLength((now - since) / 1000));
  // There is room for one of both.
  if (battery !== null && isLow(battery)) return deviceText.chipAt(word, deviceText.lowBattery(percent(battery)));
  return deviceText.chipAt(word, since === null ? null : moment(since));
}

export function isLow(battery: number): boolean {
  return battery <= LOW_BATTERY;
}

export type GroupName = keyof typeof deviceText.groups;

const GROUP_OF: Record<Sensor["senses"], GroupName> = {
  opening: "doors",
  motion: "motion",
  doorbell: "buttons",
  panic: "buttons",
  button: "buttons",
  tamper: "buttons",
  measure: "measured",
};

/** By what they sense; a group without any is left out. */
export function grouped(sensors: readonly Sensor[]): [GroupName, Sensor[]][] {
  const names = Object.keys(deviceText.groups) as GroupName[];
  const groups = names.map((name): [GroupName, Sensor[]] => [name, sensors.filter(({ senses }) => GROUP_OF[senses] === name)]);
  return groups.filter(([, members]) => members.length > 0);
}

/** `12 s ago`, `just now`. */
export function ago(at: number, now: number): string {
  const seconds = (now - at) / 1000;
  return seconds < 2 ? deviceText.justNow : deviceText.ago(roughLength(seconds));
}

/** `90 cm`, `1.23 m`. */
export function distance(millimetres: number): string {
  return millimetres < 1000 ? `${Math.round(millimetres / 10)} cm` : `${(millimetres / 1000).toFixed(2)} m`;
}

/** `35 %` */
export function percent(share: number): string {
  return deviceText.percent(Math.round(share * 100));
}

/** A number whose unit only its owner knows, without the noise of its last digits. */
export function valueWords(value: number): string {
  return String(Number(value.toPrecision(6)));
}

/** `1.20 m · 35 %`: all that a sensor told which only measures. */
export function measured({ distance_mm, free, brightness, level, value }: Reading): string {
  return [
    free ? deviceText.free : distance_mm === null ? null : distance(distance_mm),
    brightness === null ? null : percent(brightness),
    level === null ? null : percent(level),
    value === null ? null : valueWords(value),
  ]
    .filter((part) => part !== null)
    .join(" · ");
}

/** `photo, clip at door, garden · also while monitoring is off`. */
export function deeds({ actions, cameras, always }: Sensor): string {
  const named = (kinds: readonly Sensor["actions"][number][]) => kinds.map((kind) => deviceText.actions[kind]).join(", ");
  const ofCameras = actions.filter((action) => action === "photo" || action === "clip");
  const others = actions.filter((action) => action === "arm" || action === "disarm");
  const parts = [
    ...(ofCameras.length > 0 && cameras.length > 0 ? [deviceText.doesAt(named(ofCameras), cameras.join(", "))] : []),
    ...(others.length > 0 ? [named(others)] : []),
  ];
  if (parts.length === 0) return deviceText.doesNothing;
  return [...parts, ...(always ? [deviceText.always] : [])].join(" · ");
}

/** What is wanted of a light by hand, or planned. */
export function lightWords({ when, by_hand, until }: Light, moment: (instant: number) => string): string {
  if (by_hand === null) return deviceText.plans[when];
  const end = instant(until);
  return end === null ? deviceText.byHand(by_hand) : deviceText.byHandUntil(by_hand, moment(end));
}

/** `42°` */
export function degrees(angle: number): string {
  return deviceText.degrees(Math.round(angle));
}

export function isMoving({ angle, target }: Servo): boolean {
  return angle !== null && target !== null && Math.abs(angle - target) > ARRIVED;
}

export function servoWords(servo: Servo): string {
  const { angle, target } = servo;
  if (angle === null) return deviceText.notMoved;
  return isMoving(servo) && target !== null ? deviceText.moves(degrees(angle), degrees(target)) : deviceText.stands(degrees(angle));
}

/** When an output goes off by itself; `null`: never, or it is off. */
export function offWords({ on, since, max_on_seconds: most }: Output, now: number): string | null {
  if (most === null) return null;
  if (!on) return deviceText.maxOn(roughLength(most));
  return deviceText.goesOff(length((Date.parse(since) + most * 1000 - now) / 1000));
}

/** Whether there is anything that a page could show. */
export function isAny(devices: Devices | null): devices is Devices {
  if (!devices) return false;
  const { sensors, lights, servos, outputs, mqtt } = devices;
  return sensors.length + lights.length + servos.length + outputs.length > 0 || mqtt !== null;
}

/** Whether a sensor had to do with it. */
export function isBySensor({ kinds }: Event): boolean {
  return kinds.includes("sensor") || kinds.includes("mqtt");
}

/** The kinds of an event, that of a sensor with its name: `Motion, Sensor hall`. */
export function causes({ kinds, sensors = [] }: Pick<Event, "kinds" | "sensors">): string[] {
  const others = kinds.filter((kind) => kind !== "sensor" && kind !== "mqtt").map((kind) => kindName([kind]));
  const isMqtt = kinds.includes("mqtt");
  const isSensor = kinds.includes("sensor");
  if (!isMqtt && !isSensor) return others;
  // With both, the event does not tell which of them was which.
  if (sensors.length === 0) return [...others, kindName(kinds.filter((kind) => kind === "sensor" || kind === "mqtt"))];
  return [...others, (isSensor ? deviceText.sensorNamed : deviceText.mqttNamed)(sensors.join(", "))];
}

function instant(time: string | null): number | null {
  return time === null ? null : Date.parse(time);
}
