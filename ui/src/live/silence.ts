// Takes the sound out of a stream of MP4, for whoever cannot play it or does not want it. What is about the sound
// becomes free space (ISO/IEC 14496-12, 8.1.2), so that nothing moves and all offsets stay true. Without its sound a
// stream plays on as its pictures come; with it a player waits for both.

const CONTAINERS: ReadonlySet<string> = new Set(["moov", "trak", "mdia", "mvex", "moof", "traf"]);
const FREE = [0x66, 0x72, 0x65, 0x65];

export class Silencer {
  /** The tracks that hold sound. */
  private readonly tracks = new Set<number>();

  /** The initialisation segment, which tells the tracks. Changes the bytes it is given. */
  init(bytes: Uint8Array): void {
    for (const track of boxes(bytes, "moov/trak")) {
      if (handler(track) === "soun") this.tracks.add(number(single(track, "tkhd"), (version) => (version === 1 ? 20 : 12)));
    }
    for (const track of boxes(bytes, "moov/trak")) if (handler(track) === "soun") free(track);
    for (const extension of boxes(bytes, "moov/mvex/trex")) if (this.tracks.has(number(extension, () => 4))) free(extension);
  }

  /** One fragment. Changes the bytes it is given. */
  fragment(bytes: Uint8Array): void {
    for (const run of boxes(bytes, "moof/traf")) if (this.tracks.has(number(single(run, "tfhd"), () => 4))) free(run);
  }
}

/** One box: its whole bytes, and where its inside begins. */
interface Box {
  bytes: Uint8Array;
  kind: string;
}

const HEAD = 8;

function boxes(bytes: Uint8Array, path: string): Box[] {
  const [kind, ...rest] = path.split("/");
  const found = boxesIn(bytes).filter((box) => box.kind === kind);
  return rest.length === 0 ? found : found.flatMap((box) => boxes(inside(box), rest.join("/")));
}

function boxesIn(bytes: Uint8Array): Box[] {
  const found: Box[] = [];
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let at = 0;
  while (at + HEAD <= bytes.byteLength) {
    const size = view.getUint32(at);
    if (size < HEAD || at + size > bytes.byteLength) break; // To the end of the file, or larger than 4 GB: only media are.
    found.push({ bytes: bytes.subarray(at, at + size), kind: String.fromCharCode(...bytes.subarray(at + 4, at + HEAD)) });
    at += size;
  }
  return found;
}

function inside({ bytes, kind }: Box): Uint8Array {
  return CONTAINERS.has(kind) ? bytes.subarray(HEAD) : new Uint8Array();
}

function single(box: Box, path: string): Box | undefined {
  return boxes(inside(box), path)[0];
}

/** `soun` or `vide`: after version, flags and a field that is zero (8.4.3). */
function handler(track: Box): string {
  const found = single(track, "mdia/hdlr");
  return found ? String.fromCharCode(...found.bytes.subarray(HEAD + 8, HEAD + 12)) : "";
}

/** A 32-bit number of a full box, so many bytes behind its head by its version; -1 where there is none. */
function number(box: Box | undefined, offset: (version: number) => number): number {
  if (!box) return -1;
  const at = HEAD + offset(box.bytes[HEAD] ?? 0);
  if (at + 4 > box.bytes.byteLength) return -1;
  return new DataView(box.bytes.buffer, box.bytes.byteOffset, box.bytes.byteLength).getUint32(at);
}

function free(box: Box): void {
  box.bytes.set(FREE, 4);
}
