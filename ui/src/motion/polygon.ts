// Shapes in the picture, corner by corner. A place is x and y as shares of the picture's width and height.

export type Place = readonly [x: number, y: number];

/** As the recorder allows. */
export const LEAST_CORNERS = 3;
export const MOST_CORNERS = 64;

/** Why some corners are no shape. */
export type ShapeFault =
  | { kind: "few" }
  | { kind: "many" }
  /** The sides that begin at these corners, counted from 0, cross or touch. */
  | { kind: "crossing"; sides: readonly [number, number] };

/** Within the picture, to a ten-thousandth: finer than any picture shows. */
export function within([x, y]: Place): Place {
  return [share(x), share(y)];
}

function share(value: number): number {
  return Math.round(Math.min(1, Math.max(0, value)) * 1e4) / 1e4;
}

export function moved(corners: readonly Place[], corner: number, to: Place): Place[] {
  return corners.map((place, at) => (at === corner ? within(to) : place));
}

/** All corners by as much, as far as the first of them that meets the picture's edge. */
export function shifted(corners: readonly Place[], dx: number, dy: number): Place[] {
  const by = (axis: 0 | 1, wanted: number) => {
    const values = corners.map((place) => place[axis]);
    return Math.min(1 - Math.max(...values), Math.max(-Math.min(...values), wanted));
  };
  const [byX, byY] = [by(0, dx), by(1, dy)];
  return corners.map(([x, y]) => within([x + byX, y + byY]));
}

/** A new corner on the side that begins at `corner`. */
export function inserted(corners: readonly Place[], corner: number, place: Place): Place[] {
  return [...corners.slice(0, corner + 1), within(place), ...corners.slice(corner + 1)];
}

export function removed(corners: readonly Place[], corner: number): Place[] {
  return corners.filter((_, at) => at !== corner);
}

/** Half-way along the side that begins at `corner`. */
export function middle(corners: readonly Place[], corner: number): Place {
  const [from, to] = side(corners, corner);
  return within([(from[0] + to[0]) / 2, (from[1] + to[1]) / 2]);
}

/** The first thing that is wrong with a shape, as the recorder would find it. */
export function faultOf(corners: readonly Place[]): ShapeFault | null {
  if (corners.length < LEAST_CORNERS) return { kind: "few" };
  if (corners.length > MOST_CORNERS) return { kind: "many" };
  const last = corners.length - 1;
  for (let first = 0; first <= last; first += 1) {
    for (let second = first + 1; second <= last; second += 1) {
      const neighbours = second === first + 1 || (first === 0 && second === last);
      if (!neighbours && cross(side(corners, first), side(corners, second))) return { kind: "crossing", sides: [first, second] };
    }
  }
  return null;
}

/** Where its name stands: the mean of its corners, which is inside of most shapes and near all others. */
export function centre(corners: readonly Place[]): Place {
  const mean = (axis: 0 | 1) => corners.reduce((sum, place) => sum + place[axis], 0) / Math.max(1, corners.length);
  return [mean(0), mean(1)];
}

type Side = readonly [Place, Place];

function side(corners: readonly Place[], corner: number): Side {
  const from = corners[corner] ?? [0, 0];
  return [from, corners[(corner + 1) % corners.length] ?? from];
}

/** Whether two sides have a place in common. */
function cross([a, b]: Side, [c, d]: Side): boolean {
  const apart = (first: number, second: number) => first * second > 0;
  const beside = (axis: 0 | 1) => Math.max(a[axis], b[axis]) < Math.min(c[axis], d[axis]) || Math.max(c[axis], d[axis]) < Math.min(a[axis], b[axis]);
  return !apart(turn(a, b, c), turn(a, b, d)) && !apart(turn(c, d, a), turn(c, d, b)) && !beside(0) && !beside(1);
}

/** Above 0 if `at` lies on one hand of the line, below if on the other, 0 on it. */
function turn(from: Place, to: Place, at: Place): number {
  return (to[0] - from[0]) * (at[1] - from[1]) - (to[1] - from[1]) * (at[0] - from[0]);
}
