// What to write into the configuration file for a camera of the recorder's own machine.
import type { FoundCamera } from "../recorder/wire";

/** `taken`: the names of the cameras there are. */
export function tableFor({ source }: Pick<FoundCamera, "source">, taken: readonly string[]): string {
  // A basic string of TOML has the escapes of JSON.
  return `[[camera]]\nname = ${JSON.stringify(freeName(taken))}\nsource = ${JSON.stringify(source ?? "")}\n`;
}

function freeName(taken: readonly string[]): string {
  for (let number = 1; ; number += 1) {
    const name = `camera${number}`;
    if (!taken.includes(name)) return name;
  }
}
