import assert from "node:assert/strict";
import { test } from "node:test";
import { Silencer } from "./silence";

const u32 = (value: number) => [value >>> 24, (value >> 16) & 255, (value >> 8) & 255, value & 255];
const word = (letters: string) => [...letters].map((letter) => letter.charCodeAt(0));
const box = (kind: string, ...inside: number[][]) => {
  const bytes = inside.flat();
  return [...u32(bytes.length + 8), ...word(kind), ...bytes];
};
const track = (id: number, handler: string, version = 0) =>
  box(
    "trak",
    box("tkhd", [version, 0, 0, 0], Array<number>(version === 1 ? 16 : 8).fill(0), u32(id), u32(0)),
    box("mdia", box("hdlr", u32(0), u32(0), word(handler), u32(0))),
  );
const trex = (id: number) => box("trex", u32(0), u32(id), u32(1));
const run = (id: number) => box("traf", box("tfhd", u32(0), u32(id)), box("trun", u32(0), u32(7)));

/** The kinds of boxes, those inside in brackets. */
function outline(bytes: Uint8Array): string {
  const parts: string[] = [];
  for (let at = 0; at + 8 <= bytes.length; ) {
    const size = new DataView(bytes.buffer, bytes.byteOffset + at).getUint32(0);
    const kind = String.fromCharCode(...bytes.subarray(at + 4, at + 8));
    const inner = ["moov", "moof", "mvex"].includes(kind) ? `(${outline(bytes.subarray(at + 8, at + size))})` : "";
    parts.push(kind + inner);
    at += size;
  }
  return parts.join(" ");
}

test("the track of the sound becomes free space, and nothing else does", () => {
  for (const version of [0, 1]) {
    const init = Uint8Array.from([...box("ftyp"), ...box("moov", box("mvhd"), track(1, "vide", version), track(2, "soun", version), box("mvex", trex(1), trex(2)))]);
    const fragment = Uint8Array.from([...box("moof", box("mfhd"), run(1), run(2)), ...box("mdat", [1, 2, 3])]);
    const lengths = [init.length, fragment.length];
    const silencer = new Silencer();
    silencer.init(init);
    silencer.fragment(fragment);
    assert.equal(outline(init), "ftyp moov(mvhd trak free mvex(trex free))");
    assert.equal(outline(fragment), "moof(mfhd traf free) mdat");
    assert.deepEqual([init.length, fragment.length], lengths);
  }
});

test("a stream without sound, or no MP4 at all, stays as it is", () => {
  const silencer = new Silencer();
  const init = Uint8Array.from(box("moov", track(1, "vide"), box("mvex", trex(1))));
  const junk = Uint8Array.from([0, 0, 0, 3, 1, 2, 3, 4, 5, 255, 255, 255, 255, 6, 7, 8, 9]);
  const before = [[...init], [...junk]];
  silencer.init(init);
  silencer.fragment(junk);
  assert.deepEqual([[...init], [...junk]], before);
});
