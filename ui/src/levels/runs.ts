// Levels of motion (0 to 255, `null` where nothing was looked at) as shapes to be drawn.

export type Levels = readonly (number | null)[];

/** 255 times the square root of a twentieth. */
const LEAST_TOP = 57;

/** A stretch that was looked at throughout, or not at all; `to` does not belong to it. */
export interface Run {
  from: number;
  to: number;
  known: boolean;
}

export function runsOf(levels: Levels): Run[] {
  const runs: Run[] = [];
  levels.forEach((level, at) => {
    const last = runs.at(-1);
    const known = level !== null;
    if (last?.known === known) last.to = at + 1;
    else runs.push({ from: at, to: at + 1, known });
  });
  return runs;
}

/** The area below the levels from `from` to before `to`, a step wide each: what an SVG path draws, 255 high. */
export function areaOf(levels: Levels, from: number, to: number): string {
  let path = `M${from} 255`;
  let height = 0;
  for (let at = from; at < to; at += 1) {
    const level = levels[at] ?? 0;
    // A day has many steps alike: they are one line.
    if (level !== height) path += `H${at}V${255 - level}`;
    height = level;
  }
  return `${path}H${to}V255Z`;
}

/** Where the most moved; `null` where nothing did. */
export function mostAt(levels: Levels): number | null {
  let most: number | null = null;
  levels.forEach((level, at) => {
    if ((level ?? 0) > (most === null ? 0 : (levels[most] ?? 0))) most = at;
  });
  return most;
}

/** What is drawn as high as there is room: the most that moved, but nothing less than a twentieth of the picture. */
export function topOf(levels: Levels): number {
  return levels.reduce<number>((top, level) => Math.max(top, level ?? 0), LEAST_TOP);
}

/** The share of the picture that a level stands for. */
export function shareOf(level: number): number {
  return (level / 255) ** 2;
}
