// Boxes around what moves, over a picture that fills its place.
import type { Box } from "../recorder/wire";

export function Boxes({ boxes }: { boxes: readonly Box[] }) {
  return (
    <svg class="boxes" viewBox="0 0 1 1" preserveAspectRatio="none" aria-hidden="true">
      {boxes.map(([x, y, width, height], at) => (
        <rect key={at} x={x} y={y} width={width} height={height} />
      ))}
    </svg>
  );
}
