import assert from "node:assert/strict";
import { test } from "node:test";
import { playableOf } from "./codecs";

const everything = () => true;
const without = (missing: string) => (codecs: string) => !codecs.includes(missing);

test("picture and sound play where the browser can both", () => {
  assert.deepEqual(playableOf("avc1.64001f,mp4a.40.2", everything), { kind: "stream", codec: "avc1.64001f,mp4a.40.2", hasSound: true, silencedCodec: null });
  assert.deepEqual(playableOf("avc1.64001f", everything), { kind: "stream", codec: "avc1.64001f", hasSound: false, silencedCodec: null });
});

test("a sound that the browser cannot play costs only the sound", () => {
  assert.deepEqual(playableOf("avc1.64001f,mp4a.40.2", without("mp4a")), { kind: "stream", codec: "avc1.64001f", hasSound: false, silencedCodec: "mp4a.40.2" });
});

test("single pictures remain where the browser cannot play the video, and for Motion JPEG", () => {
  assert.deepEqual(playableOf("hvc1.1.6.L93.B0,mp4a.40.2", without("hvc1")), { kind: "pictures only", codec: "hvc1.1.6.L93.B0" });
  assert.deepEqual(playableOf("mjpeg", everything), { kind: "pictures only", codec: "mjpeg" });
});
