// Boxes with names over a picture, wherever in its place the picture lies.
import type { ComponentChildren } from "preact";
import type { Box } from "../recorder/wire";
import { lookOf } from "./words";

export interface BoxedThing {
  number: number;
  label: string;
  words: string;
  box: Box;
  /** It has stood there for a while: less is to be seen of it. */
  still?: boolean;
}

interface Props {
  things: readonly BoxedThing[];
  /** Width to height of the picture; without it the picture fills its place. */
  ratio?: number | undefined;
  /** What else is to be drawn over just the picture. */
  children?: ComponentChildren;
}

/** Above this share of the picture there is no room over a box for its name. */
const TOP = 0.08;
/** Right of this share of the picture a name begins at the box's right edge. */
const RIGHT = 0.7;

export function Boxed({ things, ratio, children }: Props) {
  return (
    <div class="boxed" aria-hidden="true" data-things={things.length}>
      <div class="boxed-picture" style={ratio === undefined ? undefined : { "--ratio": String(ratio) }}>
        {children}
        {things.map(({ number, label, words, box: [left, top, width, height], still }) => (
          <div
            key={number}
            class="thing"
            data-label={label}
            data-kind={lookOf(label).kind}
            data-still={still ? "" : undefined}
            data-inside={top < TOP ? "" : undefined}
            data-right={left > RIGHT ? "" : undefined}
            style={{ left: percent(left), top: percent(top), width: percent(width), height: percent(height) }}
          >
            <span>{words}</span>
          </div>
        ))}
      </div>
    </div>
  );
}

function percent(share: number): string {
  return `${(100 * share).toFixed(2)}%`;
}
