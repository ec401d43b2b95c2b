// What was recognised, in words: on cards, in titles, over pictures.
import { causes } from "../devices/words";
import type { Deed, Event, LabelCount } from "../recorder/wire";
import type { IconName } from "../shell/icons";
import { kindName } from "../text";
import { objectText } from "./text";

/** Labels that are named before the rest is only "and more". */
const MOST_LABELS = 3;

/** What a label is drawn as: its icon, and the colour of its family. */
interface Look {
  icon: IconName;
  kind: "person" | "vehicle" | "animal" | "thing";
}

const ANIMAL: Look = { icon: "dog", kind: "animal" };
const VEHICLE: Look = { icon: "car", kind: "vehicle" };
const CYCLE: Look = { icon: "bicycle", kind: "vehicle" };

/** The usual ones, by the names that COCO and Open Images give them. */
const LOOKS: Record<string, Look> = {
  person: { icon: "person", kind: "person" },
  car: VEHICLE,
  truck: VEHICLE,
  bus: VEHICLE,
  van: VEHICLE,
  bicycle: CYCLE,
  motorcycle: CYCLE,
  motorbike: CYCLE,
  dog: ANIMAL,
  cat: { icon: "cat", kind: "animal" },
};

const THING: Look = { icon: "thing", kind: "thing" };

export function lookOf(label: string): Look {
  return Object.hasOwn(LOOKS, label) ? LOOKS[label]! : THING;
}

/** `Person`: a label where a sentence begins. */
export function labelName(label: string): string {
  return label.charAt(0).toUpperCase() + label.slice(1);
}

/** `Person 91 %`; `score` is 0 to 1. */
export function scored(label: string, score: number): string {
  return objectText.scored(labelName(label), Math.round(score * 100));
}

/** `1 person, 2 cars`; empty for nothing. */
export function listed(counts: readonly LabelCount[]): string {
  return counts.map(({ label, count }) => objectText.many(label, count)).join(", ");
}

/** `Person`, `2 people`, `Person, 2 cars and more`. */
function named(objects: readonly LabelCount[]): string {
  const words = objects.slice(0, MOST_LABELS).map(({ label, count }) => (count === 1 ? label : objectText.many(label, count))).join(", ");
  return labelName(objects.length > MOST_LABELS ? objectText.more(words) : words);
}

/** What an event was, without scores: `Person, 2 cars`; `Motion` where nothing was recognised. */
export function whoWas(event: Event): string {
  return described(event, named(event.objects));
}

/** The same; where it was only one, with its score: `Person 91 %`. */
export function whatWas(event: Event): string {
  return described(event, namedOrScored(event.objects));
}

/** Why it was recorded: `Person 93 % + Sensor hall`. */
export function whyWas(event: Event): string {
  const { objects, sensors } = event;
  return [...(objects.length > 0 ? [namedOrScored(objects)] : []), ...causes({ kinds: othersOf(event), sensors })].join(" + ");
}

function namedOrScored(objects: Event["objects"]): string {
  const [only, ...more] = objects;
  return only && only.count === 1 && more.length === 0 ? scored(only.label, only.score) : named(objects);
}

function described(event: Event, who: string): string {
  const { objects, sensors } = event;
  if (objects.length === 0) return causes(event).join(", ") || kindName([]);
  return [who, ...causes({ kinds: othersOf(event), sensors })].join(", ");
}

/** Who it was says more than that it moved; that somebody asked for it, or that the picture was bad, it does not say. */
function othersOf({ kinds, objects }: Event): string[] {
  return objects.length === 0 ? kinds : kinds.filter((kind) => kind !== "motion" && kind !== "object");
}

/** The same as it is said aloud: with what is not known. */
export function whatIsSaid(event: Event): string {
  const unknown = unknownOf(event);
  return unknown === null ? whatWas(event) : objectText.also(whatWas(event), unknown);
}

/** What to say where the detector failed; `null` where it did not. */
export function unknownOf({ recognition, objects }: Event): string | null {
  if (recognition !== "unknown") return null;
  return objects.length === 0 ? objectText.unknownWhy : objectText.partlyUnknown;
}

/** `came into drive`, `crossed gate to the left`. */
export function deedWords({ kind, zone, line, side }: Deed): string {
  return kind === "crossed" ? objectText.deeds.crossed(line ?? "", side) : objectText.deeds[kind](zone ?? "");
}
