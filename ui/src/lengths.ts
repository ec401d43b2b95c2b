// Lengths of time and sizes, in the fewest words that are still true.
import { two } from "./recorder/zone";

/** `18 s`, `1 min 35 s`, `1 h 30 min`, `2 d 7 h`. */
export function length(seconds: number): string {
  const whole = Math.max(0, Math.round(seconds));
  const units: [number, string][] = [
    [86_400, "d"],
    [3_600, "h"],
    [60, "min"],
    [1, "s"],
  ];
  const first = units.findIndex(([size]) => whole >= size);
  if (first < 0) return "0 s";
  const [size, name] = units[first]!;
  const next = units[first + 1];
  const big = `${Math.floor(whole / size)} ${name}`;
  const rest = next ? Math.floor((whole % size) / next[0]) : 0;
  return next && rest > 0 ? `${big} ${rest} ${next[1]}` : big;
}

/** `4 min`: as `length`, but only its biggest unit, for what changes while one reads. */
export function roughLength(seconds: number): string {
  return length(seconds).split(" ").slice(0, 2).join(" ");
}

/** Position in a clip: `0:11`, `1:02:03`. */
export function position(seconds: number): string {
  const whole = Math.max(0, Math.floor(seconds));
  const hours = Math.floor(whole / 3600);
  const minutes = Math.floor((whole % 3600) / 60);
  const rest = two(whole % 60);
  return hours > 0 ? `${hours}:${two(minutes)}:${rest}` : `${minutes}:${rest}`;
}

/** `412 GB`, decimal as on the disk's label. */
export function size(bytes: number): string {
  const units = ["B", "kB", "MB", "GB", "TB"];
  let value = bytes;
  let unit = 0;
  while (value >= 999.5 && unit < units.length - 1) {
    value /= 1000;
    unit += 1;
  }
  return `${value < 9.95 && unit > 1 ? value.toFixed(1) : Math.round(value)} ${units[unit]}`;
}
