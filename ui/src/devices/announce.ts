// Says aloud, once each, what somebody who does not see the page must know of devices: a fault, its end, an alarm.
import type { Recorder } from "../recorder/recorder";
import type { Devices } from "../recorder/wire";
import type { Notices } from "../shell/notices";
import { deviceText } from "./text";
import { stateOf } from "./words";

export function announceDevices(recorder: Recorder, notices: Notices): void {
  let before: Devices | null = null;
  recorder.devices.watch(() => {
    const devices = recorder.devices.get();
    const news = devices && before ? newsOf(before, devices, recorder.now()) : [];
    before = devices;
    if (news.length > 0) notices.say(news.join(" "));
  });
}

/** What is worth a word between one state and the next. */
export function newsOf(before: Devices, after: Devices, now: number): string[] {
  const was = new Map(all(before).map((device) => [device.name, device]));
  const faults = all(after).flatMap(({ name, fault }) => {
    const old = was.get(name);
    if (!old || (old.fault === null) === (fault === null)) return [];
    return [fault ? deviceText.announcedFault(name, fault.message) : deviceText.announcedWell(name)];
  });
  const alarms = after.sensors.flatMap((sensor) => {
    const old = before.sensors.find(({ name }) => name === sensor.name);
    const { tone, word } = stateOf(sensor, now);
    return tone === "alarm" && old && stateOf(old, now).tone !== "alarm" ? [deviceText.announcedAlarm(sensor.name, word)] : [];
  });
  return [...alarms, ...faults];
}

function all({ sensors, lights, servos, outputs }: Devices) {
  return [...sensors, ...lights, ...servos, ...outputs];
}
