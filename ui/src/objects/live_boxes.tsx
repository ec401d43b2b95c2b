// What moves now and what it is, over a camera's live picture.
import { MovingBoxes, useMoving } from "../motion/meter";
import type { Camera } from "../recorder/wire";

/** Of a camera that has not told its size. */
const USUAL_RATIO = 16 / 9;

export function LiveBoxes({ camera: { name, width, height } }: { camera: Camera }) {
  const moving = useMoving(name);
  return <MovingBoxes moving={moving} ratio={width && height ? width / height : USUAL_RATIO} />;
}
