// How much moved over time, as a filled curve that takes whatever room it is given.
import { areaOf, runsOf, topOf } from "./runs";

export function Curve({ levels }: { levels: readonly (number | null)[] }) {
  const top = topOf(levels);
  return (
    <svg class="curve" viewBox={`0 ${255 - top} ${Math.max(1, levels.length)} ${top}`} preserveAspectRatio="none" aria-hidden="true">
      {runsOf(levels).map(({ from, to, known }) => known && <path key={from} d={areaOf(levels, from, to)} />)}
    </svg>
  );
}
