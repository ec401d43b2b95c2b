// A lane of motion for each camera, below one another; loaded when they are unfolded.
import { useState } from "preact/hooks";
import { useApp } from "../recorder/context";
import { text } from "../text";
import { useWatched } from "../watchable";
import { MotionLane } from "./lane";

/** `chosen`: only these cameras; all, if there are none. */
export function MotionLanes({ chosen }: { chosen: readonly string[] }) {
  const { recorder } = useApp();
  const cameras = useWatched(recorder.status)?.cameras ?? [];
  const [open, setOpen] = useState(false);
  const shown = cameras.filter(({ name }) => chosen.length === 0 || chosen.includes(name));
  if (shown.length === 0) return null;
  return (
    <details class="lanes" onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary>{text.motion.lane(text.motion.spans[24] ?? "")}</summary>
      {open && shown.map(({ name }) => <MotionLane key={name} camera={name} title={name} />)}
    </details>
  );
}
