// How each key of a camera's picture is asked for. The recorder tells keys and values; limits and words are those of
// its configuration file, and whatever is not known here is plain text. What is right or wrong the recorder says.

export type Field =
  | { kind: "number"; min?: number; max?: number; step: number | "any" }
  | { kind: "words"; words: readonly string[] }
  /** `words`: some that can be chosen, among others. */
  | { kind: "text"; words: readonly string[] };

const TRUTH: Field = { kind: "words", words: ["false", "true"] };
const STRENGTH: Field = { kind: "number", min: 0, max: 15.99, step: "any" };
const PIXELS: Field = { kind: "number", min: 64, max: 4096, step: 2 };

/** In the order in which they are shown. */
const FIELDS: Readonly<Record<string, Field>> = {
  brightness: { kind: "number", min: -1, max: 1, step: "any" },
  contrast: STRENGTH,
  saturation: STRENGTH,
  sharpness: STRENGTH,
  exposure: { kind: "words", words: ["normal", "sport", "long"] },
  ev: { kind: "number", min: -8, max: 8, step: "any" },
  shutter: { kind: "text", words: ["auto"] },
  gain: { kind: "text", words: ["auto"] },
  metering: { kind: "words", words: ["centre", "spot", "average"] },
  white_balance: { kind: "text", words: ["auto", "incandescent", "tungsten", "fluorescent", "indoor", "daylight", "cloudy"] },
  autofocus: { kind: "text", words: ["default", "auto", "continuous"] },
  denoise: { kind: "words", words: ["auto", "off", "cdn_off", "cdn_fast", "cdn_hq"] },
  hdr: { kind: "words", words: ["off", "auto", "sensor", "single-exp"] },
  rotation: { kind: "words", words: ["0", "180"] },
  hflip: TRUTH,
  vflip: TRUTH,
  region: { kind: "text", words: ["full"] },
  width: PIXELS,
  height: PIXELS,
  frame_rate: { kind: "number", min: 1, max: 120, step: "any" },
  bit_rate: { kind: "text", words: [] },
};

/** How to ask for `key`, which is `value` now. */
export function fieldOf(key: string, value: string): Field {
  const field = FIELDS[key];
  // A newer recorder may know more words.
  if (field?.kind === "words" && !field.words.includes(value)) return { kind: "words", words: [...field.words, value] };
  if (field?.kind === "number" && !isNumber(value)) return { kind: "text", words: [] };
  return field ?? (isNumber(value) ? { kind: "number", step: "any" } : { kind: "text", words: [] });
}

/** The known keys first, in the order above. */
export function inOrder(keys: readonly string[]): string[] {
  const known = Object.keys(FIELDS);
  const place = (key: string) => (known.includes(key) ? known.indexOf(key) : known.length);
  return [...keys].sort((a, b) => place(a) - place(b) || a.localeCompare(b));
}

/** What to tell the recorder: the keys whose values are no longer as they were. */
export function changesOf(before: Readonly<Record<string, string>>, now: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(now).filter(([key, value]) => before[key] !== undefined && before[key] !== value.trim()).map(([key, value]) => [key, value.trim()]));
}

function isNumber(value: string): boolean {
  return /^[+-]?\d+(\.\d+)?$/.test(value);
}
