// Numbers and shapes as the motion page says them.
import type { MotionSettings } from "../recorder/wire";
import { text } from "../text";
import type { Place } from "./polygon";
import { type DraftFault, type ShapeRef } from "./draft";

/** `35 %`; what is small has a digit or two after the point. */
export function percent(share: number): string {
  return `${percentNumber(share)} %`;
}

/** The same as a number alone. */
export function percentNumber(share: number): number {
  const value = share * 100;
  const digits = value === 0 || value >= 10 ? 0 : value >= 1 ? 1 : 2;
  return Number(value.toFixed(digits));
}

/** How far from the left and from the top, to a thousandth. */
export function placeWords([x, y]: Place): [string, string] {
  const exact = (share: number) => `${Number((share * 100).toFixed(1))} %`;
  return [exact(x), exact(y)];
}

export function shapeName(settings: MotionSettings, { kind, at }: ShapeRef): string {
  return kind === "mask" ? text.motion.maskName(at + 1) : settings.zones[at]?.name.trim() || text.motion.zoneName(at + 1);
}

const SHARES: ReadonlySet<string> = new Set(["min_area", "min_travel", "near", "far", "far_at"]);

export function faultWords(fault: DraftFault): string {
  switch (fault.kind) {
    case "shape":
      return text.motion.shapeFaults[fault.fault.kind];
    case "unnamed":
      return text.motion.unnamed;
    case "same name":
      return text.motion.sameName;
    case "far is larger":
      return text.motion.farIsLarger;
    case "range":
      return SHARES.has(fault.field.split(".").at(-1) ?? "") ? text.motion.rangePercent(fault.least * 100, fault.most * 100) : text.motion.range(fault.least, fault.most);
  }
}
