// Every word about what is recognised, and who.

/** Of these, more than one are not called as the rules have it. */
const MANY: Record<string, string> = { person: "people", mouse: "mice", sheep: "sheep", knife: "knives", scissors: "scissors", skis: "skis" };

function plural(label: string): string {
  const known = MANY[label];
  if (known !== undefined) return known;
  if (/(s|x|z|ch|sh)$/.test(label)) return `${label}es`;
  return /[^aeiou]y$/.test(label) ? `${label.slice(0, -1)}ies` : `${label}s`;
}

export const objectText = {
  /** `1 person`, `2 people`. */
  many: (label: string, count: number) => `${count} ${count === 1 ? label : plural(label)}`,
  scored: (name: string, percent: number) => `${name} ${percent} %`,
  more: (words: string) => `${words} and more`,
  also: (what: string, why: string) => `${what} – ${why}`,
  unknown: "Not recognised",
  unknownWhy: "Not recognised: the detector failed",
  partlyUnknown: "Perhaps more: the detector failed at times",

  announced: (what: string, camera: string) => `Recognised at ${camera}: ${what}.`,

  filter: "What was seen",
  anything: "Anything",
  inZone: (what: string | null, zone: string) => (what === null ? `In ${zone}` : `${what} in ${zone}`),
  labels: "Recognised",
  zones: "In zone",
  anywhere: "Anywhere",
  noWords: "Nothing was recognised yet, and no zone was entered.",
  wordsFailed: (why: string) => `It is not known what can be looked for. ${why}`,
  search: "Search events",
  searchHint: "Search",

  seen: "Seen",
  list: "What was recognised",
  listFailed: (why: string) => `What was recognised could not be loaded. ${why}`,
  nobody: "Nothing was recognised.",
  span: (first: string, last: string) => (first === last ? first : `${first} – ${last}`),
  jump: "Go to this moment",
  zonesOf: (zones: string) => `in ${zones}`,
  deeds: {
    entered: (zone: string) => `came into ${zone}`,
    left: (zone: string) => `left ${zone}`,
    loitered: (zone: string) => `stayed in ${zone}`,
    crossed: (line: string, side: "left" | "right" | null) => `crossed ${line}${side === null ? "" : ` to the ${side}`}`,
  },
  showAll: (count: number) => `Show all ${count}`,

  showBoxes: "Show boxes",
  hideBoxes: "Hide boxes",
  panel: "Recognised",
  now: (what: string) => `There now: ${what}.`,
  nothingNow: "nothing that is known",
  unknownNow: "There now: unknown.",
  today: "Today",
  nothingToday: "Nothing was recognised today.",
  todayFailed: (why: string) => `Today’s numbers could not be loaded. ${why}`,
  entered: (who: string) => `${who} came in`,
  left: (who: string) => `${who} left`,
  loitered: (who: string) => `${who} stayed`,
  toLeft: (who: string) => `${who} to the left`,
  toRight: (who: string) => `${who} to the right`,

  detector: "Recognition",
  states: {
    off: "Off: what moves is recorded, whoever it is.",
    starting: "The detector is starting.",
    ready: (facts: string) => `Ready: ${facts}.`,
    failing: (name: string | null, moment: string | null) => `The detector${name === null ? "" : ` (${name})`} fails${moment === null ? "" : `, since ${moment}`}.`,
  },
  input: (width: number, height: number) => `looks at ${width} × ${height}`,
  look: (ms: string) => `${ms} ms a look`,
  goesOn: "Recording goes on by motion.",
};
