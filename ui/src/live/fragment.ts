// Reads one binary message of the live WebSocket: `[u64 capture time µs][u8 key][moof mdat]`.

export interface Fragment {
  /** When the camera took the picture: milliseconds since 1970 by the recorder's clock. */
  captured: number;
  /** Where the picture stands in the media, in seconds. */
  at: number;
  bytes: Uint8Array;
}

const HEAD = 9;
/** Ticks per second, by contract with the recorder's muxer. */
const TIMESCALE = 90_000;

/** `null` when the message holds no fragment with a time. */
export function fragmentOf(message: ArrayBuffer): Fragment | null {
  if (message.byteLength <= HEAD) return null;
  const view = new DataView(message);
  const ticks = decodeTicks(view, HEAD);
  if (ticks === null) return null;
  return { captured: Number(view.getBigUint64(0)) / 1_000, at: ticks / TIMESCALE, bytes: new Uint8Array(message, HEAD) };
}

/** The `tfdt` of the first track, found by walking `moof` and `traf` (ISO/IEC 14496-12, 8.8.12). */
function decodeTicks(view: DataView, start: number): number | null {
  const containers = new Set(["moof", "traf"]);
  let at = start;
  while (at + 8 <= view.byteLength) {
    const size = view.getUint32(at);
    const kind = String.fromCharCode(view.getUint8(at + 4), view.getUint8(at + 5), view.getUint8(at + 6), view.getUint8(at + 7));
    if (kind === "tfdt" && at + 16 <= view.byteLength) {
      const wide = view.getUint8(at + 8) === 1 && at + 20 <= view.byteLength;
      return wide ? Number(view.getBigUint64(at + 12)) : view.getUint32(at + 12);
    }
    if (containers.has(kind)) at += 8;
    else if (size < 8) return null;
    else at += size;
  }
  return null;
}
