// A point on the picture that is dragged with mouse or finger and moved with the arrow keys.
import type { ComponentChildren } from "preact";
import { useEffect, useRef } from "preact/hooks";
import { type Place, within } from "./polygon";

/** Shares of the picture that an arrow key moves by, alone and with Shift. */
const STEP = 0.01;
const BIG_STEP = 0.05;
/** Pixels that a finger may tremble before it drags. */
const SLACK = 4;
/** How long a finger rests on a point to remove it, in milliseconds. */
const LONG_PRESS_MS = 600;

const ARROWS: Record<string, readonly [number, number]> = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

/** By how much an arrow key moves, or `null` for another key. */
export function arrowOf(event: KeyboardEvent): readonly [number, number] | null {
  const arrow = ARROWS[event.key];
  if (!arrow || event.ctrlKey || event.metaKey || event.altKey) return null;
  const step = event.shiftKey ? BIG_STEP : STEP;
  return [arrow[0] * step, arrow[1] * step];
}

/** Where on the picture a point is drawn: never off it. */
export function standing(place: Place): { left: string; top: string } {
  const [x, y] = within(place);
  return { left: `${x * 100}%`, top: `${y * 100}%` };
}

let gestures = 0;

/** A name for a gesture that no other has. */
export function newGesture(): string {
  gestures += 1;
  return `gesture ${gestures}`;
}

interface Props {
  class: string;
  label: string;
  /** Where it stands. */
  place: Place;
  /** Where in the picture a place on the screen is. */
  placeAt: (clientX: number, clientY: number) => Place;
  /** Goes there; all calls of one drag, or of one key held down, have the same `gesture`. */
  onMove: (to: Place, gesture: string) => void;
  onRemove?: () => void;
  /** Pressed without a drag. */
  onPress?: () => void;
  pressed?: boolean;
  children?: ComponentChildren;
}

export function Handle({ class: kind, label, place, placeAt, onMove, onRemove, onPress, pressed, children }: Props) {
  const grip = useRef<Grip | null>(null);
  const held = useRef<string>("");
  const letGo = () => {
    clearTimeout(grip.current?.timer);
    grip.current = null;
  };
  useEffect(() => letGo, []);

  return (
    <button
      type="button"
      class={`handle ${kind}`}
      style={standing(place)}
      aria-label={label}
      aria-pressed={pressed}
      onPointerDown={(event) => {
        if (event.button !== 0) return;
        event.currentTarget.setPointerCapture(event.pointerId);
        const [x, y] = placeAt(event.clientX, event.clientY);
        const remove = () => {
          if (!grip.current || grip.current.dragging) return;
          grip.current.over = true;
          onRemove?.();
        };
        // A mouse has another button for that.
        const timer = onRemove && event.pointerType !== "mouse" ? window.setTimeout(remove, LONG_PRESS_MS) : undefined;
        grip.current = { offset: [place[0] - x, place[1] - y], from: [event.clientX, event.clientY], gesture: newGesture(), dragging: false, over: false, timer };
      }}
      onPointerMove={(event) => {
        const { current } = grip;
        if (!current || current.over) return;
        if (!current.dragging && Math.hypot(event.clientX - current.from[0], event.clientY - current.from[1]) < SLACK) return;
        current.dragging = true;
        clearTimeout(current.timer);
        const [x, y] = placeAt(event.clientX, event.clientY);
        onMove([x + current.offset[0], y + current.offset[1]], current.gesture);
      }}
      onPointerUp={letGo}
      onPointerCancel={letGo}
      onContextMenu={(event) => {
        // A long press opens a menu on some systems; it is our way to remove.
        event.preventDefault();
        if (!grip.current) onRemove?.();
      }}
      onKeyDown={(event) => {
        const arrow = arrowOf(event);
        if (arrow) {
          if (!event.repeat) held.current = newGesture();
          onMove([place[0] + arrow[0], place[1] + arrow[1]], held.current);
        } else if (onRemove && (event.key === "Delete" || event.key === "Backspace")) onRemove();
        else return;
        event.preventDefault();
        event.stopPropagation();
      }}
      onClick={(event) => {
        event.stopPropagation();
        onPress?.();
      }}
    >
      {children}
    </button>
  );
}

interface Grip {
  /** From where it was gripped to where it stands. */
  offset: Place;
  /** Where it was gripped, in pixels of the screen. */
  from: readonly [number, number];
  gesture: string;
  dragging: boolean;
  /** Whether the rest of the press means nothing any more. */
  over: boolean;
  timer: number | undefined;
}
