// Boxes around what moves, over a picture that fills its place.
import type { Box } from "../recorder/wire";

/** `dim`: something else matters more. */
export function Boxes({ boxes, dim = false }: { boxes: readonly Box[]; dim?: boolean }) {
  return (
    <svg class="boxes" viewBox="0 0 1 1" preserveAspectRatio="none" aria-hidden="true" data-dim={dim ? "" : undefined}>
      {boxes.map(([x, y, width, height], at) => (
        <rect key={at} x={x} y={y} width={width} height={height} />
      ))}
    </svg>
  );
}
