// The camera's picture with zones and masks over it, to be drawn and changed.
import type { ComponentChildren } from "preact";
import { useLayoutEffect, useRef, useState } from "preact/hooks";
import { address } from "../recorder/api";
import { SinglePictures } from "../live/single_pictures";
import type { Camera } from "../recorder/wire";
import { text } from "../text";
import { type Draft, type Drawing, type ShapeRef, cornersOf, same, shapesOf, withCorners, withShape } from "./draft";
import { Handle, arrowOf, standing } from "./handle";
import { type Place, centre, faultOf, inserted, middle, moved, removed, shifted, within, LEAST_CORNERS } from "./polygon";
import { placeWords, shapeName } from "./words";

/** Pixels that two points need between them to be told apart by a finger. */
const ROOM = 46;
/** Width by height, until a picture tells. */
const USUAL_RATIO = 16 / 9;

export interface Editing {
  draft: Draft;
  selected: ShapeRef | null;
  mayEdit: boolean;
  change: (draft: Draft, gesture?: string | null) => void;
  select: (shape: ShapeRef | null) => void;
  /** Tells something, also aloud. */
  say: (words: string) => void;
}

interface Props extends Editing {
  camera: Camera;
  /** Boxes, people and whatever else lies over the picture; told where on the picture a place on the screen is. */
  children: (placeAt: PlaceAt) => ComponentChildren;
}

export type PlaceAt = (clientX: number, clientY: number) => Place;

export function Stage({ camera, children, ...editing }: Props) {
  const { draft, selected, mayEdit, select } = editing;
  const { settings, drawing } = draft;
  const stage = useRef<HTMLDivElement>(null);
  const [width, height] = useSize(stage);
  const [ratio, setRatio] = useState(camera.width && camera.height ? camera.width / camera.height : USUAL_RATIO);
  const placeAt: PlaceAt = (clientX, clientY) => {
    const box = stage.current?.getBoundingClientRect();
    if (!box) return [0, 0];
    return [(clientX - box.left) / box.width, (clientY - box.top) / box.height];
  };

  return (
    <div
      class="motion-frame"
      // A browser that begins to drag a selection ends our own drag.
      onDragStart={(event) => event.preventDefault()}
      onClick={(event) => {
        // Just beside the picture is its very edge.
        if (drawing) addCorner(editing, drawing, placeAt(event.clientX, event.clientY));
        else if (selected) select(null);
      }}
    >
      <div
        ref={stage}
        class="motion-stage"
        style={{ "--ratio": String(ratio) }}
        role="group"
        aria-label={text.motion.picture(camera.name)}
        data-drawing={drawing ? "" : undefined}
      >
        <Backdrop camera={camera} onSize={(wide, high) => setRatio(wide / high)} />
        <svg viewBox="0 0 1 1" preserveAspectRatio="none" aria-hidden="true">
          {shapesOf(settings).map((shape) => (
            <Outline key={shape.kind + shape.at} kind={shape.kind} corners={cornersOf(settings, shape)} selected={same(shape, selected)} />
          ))}
          {drawing && <Outline kind={drawing.kind} corners={drawing.corners} selected open />}
        </svg>
        {children(placeAt)}
        {shapesOf(settings).map((shape) => (
          <Whole key={shape.kind + shape.at} shape={shape} placeAt={placeAt} {...editing} />
        ))}
        {mayEdit && selected && !drawing && <Corners shape={selected} placeAt={placeAt} width={width} height={height} {...editing} />}
        {drawing && <Pen drawing={drawing} {...editing} />}
      </div>
    </div>
  );
}

/** The picture moves, so that what moves can be seen in its box; where less motion is wanted, one picture stays. */
function Backdrop({ camera, onSize }: { camera: Camera; onSize: (width: number, height: number) => void }) {
  const [still] = useState(() => matchMedia("(prefers-reduced-motion: reduce)").matches);
  return (
    <>
      <img
        class="poster"
        alt=""
        src={address.poster(camera.name, 1280)}
        onLoad={(event) => onSize(event.currentTarget.naturalWidth, event.currentTarget.naturalHeight)}
        onError={(event) => event.currentTarget.remove()}
      />
      {!still && camera.state === "live" && <SinglePictures camera={camera.name} />}
    </>
  );
}

function Outline({ kind, corners, selected, open }: { kind: string; corners: readonly Place[]; selected: boolean; open?: boolean }) {
  const points = corners.map((place) => place.join(",")).join(" ");
  const broken = !open && faultOf(corners) !== null;
  const look = { class: `outline ${kind}`, points, "data-selected": selected ? "" : undefined, "data-broken": broken ? "" : undefined };
  return open ? <polyline {...look} /> : <polygon {...look} />;
}

interface PartProps extends Editing {
  shape: ShapeRef;
  placeAt: PlaceAt;
}

/** A shape's name in its middle: chooses it, and moves all of it. */
function Whole({ shape, placeAt, draft, selected, mayEdit, change, select }: PartProps) {
  const { settings, drawing } = draft;
  const corners = cornersOf(settings, shape);
  const place = centre(corners);
  const name = shapeName(settings, shape);
  return (
    <Handle
      class={`whole ${shape.kind}`}
      label={text.motion.whole(name)}
      pressed={same(shape, selected)}
      place={place}
      placeAt={placeAt}
      onPress={() => !drawing && select(shape)}
      onMove={(to, gesture) => {
        if (!mayEdit || drawing) return;
        select(shape);
        change({ ...draft, settings: withCorners(settings, shape, shifted(corners, to[0] - place[0], to[1] - place[1])) }, gesture);
      }}
    >
      <span>{name}</span>
    </Handle>
  );
}

/** The corners of the chosen shape, and between them where new ones come from. */
function Corners({ shape, placeAt, width, height, draft, change, say }: PartProps & { width: number; height: number }) {
  const { settings } = draft;
  const corners = cornersOf(settings, shape);
  const name = shapeName(settings, shape);
  const points = useRef<HTMLDivElement>(null);
  /** The corner that a new one was drawn out of, and by which gesture. */
  const grown = useRef<{ gesture: string; corner: number } | null>(null);
  const put = (next: readonly Place[], gesture: string | null = null) => {
    change({ ...draft, settings: withCorners(settings, shape, next) }, gesture);
    const fault = faultOf(next);
    if (fault) say(text.motion.shapeFaults[fault.kind]);
  };
  const focus = (corner: number) => requestAnimationFrame(() => points.current?.querySelectorAll<HTMLElement>(".corner")[corner]?.focus());
  const move = (corner: number, to: Place, gesture: string) => {
    const next = moved(corners, corner, to);
    say(text.motion.corner(corner + 1, name, ...placeWords(next[corner] ?? to)));
    put(next, gesture);
  };
  const remove = (corner: number) => {
    if (corners.length <= LEAST_CORNERS) return say(text.motion.tooFewToRemove);
    say(text.motion.removed);
    put(removed(corners, corner));
    focus(Math.max(0, corner - 1));
  };
  const isRoomy = (corner: number) => {
    const [from, to] = [corners[corner], corners[(corner + 1) % corners.length]];
    return from && to && Math.hypot((to[0] - from[0]) * width, (to[1] - from[1]) * height) > 2 * ROOM;
  };
  return (
    <div ref={points} class="points">
      {corners.map((_, corner) => {
        const place = middle(corners, corner);
        // A new corner comes out of the dot, which stays where it is while that one is dragged.
        const drag = (to: Place, gesture: string) => {
          if (grown.current?.gesture === gesture) return move(grown.current.corner, to, gesture);
          grown.current = { gesture, corner: corner + 1 };
          put(inserted(corners, corner, to), gesture);
        };
        return (
          (isRoomy(corner) || grown.current?.corner === corner + 1) && (
            <Handle
              key={`new ${corner}`}
              class={`middle ${shape.kind}`}
              label={text.motion.newCorner(corner + 1, name)}
              place={place}
              placeAt={placeAt}
              onMove={drag}
              onPress={() => {
                if (grown.current) grown.current = null; // The click that ends a drag.
                else put(inserted(corners, corner, place));
                focus(corner + 1);
              }}
            />
          )
        );
      })}
      {corners.map((place, corner) => (
        <Handle
          key={corner}
          class={`corner ${shape.kind}`}
          label={text.motion.corner(corner + 1, name, ...placeWords(place))}
          place={place}
          placeAt={placeAt}
          onMove={(to, gesture) => move(corner, to, gesture)}
          onRemove={() => remove(corner)}
        />
      ))}
    </div>
  );
}

/** What is being drawn: its corners so far, and a cross that the arrow keys move. */
function Pen({ drawing, ...editing }: Editing & { drawing: Drawing }) {
  const [at, setAt] = useState<Place>([0.5, 0.5]);
  const cross = useRef<HTMLButtonElement>(null);
  const [start] = drawing.corners;
  // Before the next key comes.
  useLayoutEffect(() => cross.current?.focus({ preventScroll: true }), []);
  return (
    <>
      {drawing.corners.slice(1).map((place, corner) => (
        <span key={corner} class={`pen-mark ${drawing.kind}`} style={standing(place)} />
      ))}
      {start && (
        <button
          type="button"
          class={`handle corner ${drawing.kind}`}
          style={standing(start)}
          aria-label={text.motion.firstCorner}
          onClick={(event) => {
            event.stopPropagation();
            finish(editing, drawing);
          }}
        />
      )}
      <button
        ref={cross}
        type="button"
        class="crosshair"
        style={standing(at)}
        aria-label={text.motion.crosshair(...placeWords(at))}
        onKeyDown={(event) => {
          const arrow = arrowOf(event);
          if (!arrow) return;
          event.preventDefault();
          const next = within([at[0] + arrow[0], at[1] + arrow[1]]);
          setAt(next);
          editing.say(text.motion.crosshair(...placeWords(next)));
        }}
        onClick={(event) => {
          event.stopPropagation();
          addCorner(editing, drawing, at);
        }}
      />
    </>
  );
}

function addCorner({ draft, change, say }: Editing, drawing: Drawing, place: Place): void {
  const corners = [...drawing.corners, within(place)];
  change({ ...draft, drawing: { ...drawing, corners } });
  say(text.motion.placed(corners.length));
}

/** Ends what is drawn, unless it is no shape. */
export function finish({ draft, change, select, say }: Editing, drawing: Drawing): void {
  const fault = faultOf(drawing.corners);
  if (fault) return say(text.motion.shapeFaults[fault.kind]);
  const [settings, shape] = withShape(draft.settings, drawing, text.motion.zoneName);
  change({ settings, drawing: null });
  select(shape);
  say(text.motion.finished(shapeName(settings, shape)));
}

/** Width and height of an element in pixels, as they change. */
function useSize(element: { current: HTMLElement | null }): [number, number] {
  const [size, setSize] = useState<[number, number]>([0, 0]);
  useLayoutEffect(() => {
    if (!element.current) return undefined;
    const observer = new ResizeObserver(([entry]) => entry && setSize([entry.contentRect.width, entry.contentRect.height]));
    observer.observe(element.current);
    return () => observer.disconnect();
  }, []);
  return size;
}
