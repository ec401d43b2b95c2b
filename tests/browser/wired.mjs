// A recorder whose sensors, light, servo and outputs are all played: nothing is attached, and the API plays them.
import fs from "node:fs";
import { Recorder } from "./watchpost.mjs";

/** Cameras that look for no motion themselves: whatever happens at them, a sensor did. */
const CAMERAS = {
  yard: { source: "demo:", detect: "sensors", pre_roll: "2s", post_roll: "1s" },
  hall: { source: "demo:", record: "off" },
};

const tables = (kind, all) => all.map((keys) => `\n[[${kind}]]\n${Object.entries(keys).map(([key, one]) => `${key} = ${JSON.stringify(one)}\n`).join("")}`).join("");

const sensor = (name, keys) => ({ name, kind: "sim", ...keys });

/** Nobody answers at the broker's address. */
const WIRING = [
  `\n[mqtt]\nbroker = "mqtt://127.0.0.1:9"\n`,
  tables("sensor", [
    sensor("front-door", { senses: "opening", cameras: ["yard"], actions: ["photo", "clip"] }),
    sensor("path", { senses: "motion", within: "100cm", require: "either", cameras: ["yard"], actions: ["clip"] }),
    sensor("bell", { senses: "doorbell", actions: [] }),
    sensor("glass", { senses: "tamper", actions: [] }),
    sensor("cellar", { senses: "measure" }),
    // It is never heard.
    sensor("gate", { senses: "opening", actions: [], heartbeat: "3s" }),
  ]),
  tables("light", [{ name: "yard-ir", kind: "sim", when: "by_hand", cameras: ["yard"] }]),
  // So slow that one can watch it.
  tables("servo", [{ name: "cover", kind: "sim", angle_on: 90, angle_off: 0, speed: 20 }]),
  tables("output", [
    { name: "aim", kind: "led", follows: "path", sim: true },
    { name: "pump", kind: "relay", max_on: "3m", sim: true },
    { name: "horn", kind: "siren", max_on: "4s", sim: true },
  ]),
].join("");

/** Begins it; its servo stands where it stands while monitoring is on. */
export async function beginWired() {
  const recorder = await Recorder.begin({});
  await recorder.die("SIGTERM");
  fs.writeFileSync(recorder.settings, recorder.written(CAMERAS) + WIRING);
  await recorder.comeBack();
  await recorder.live("yard", 30);
  return recorder;
}
