// What of a stream a browser can play.

/** What the recorder calls a stream of which nothing follows but single pictures. */
export const MOTION_JPEG = "mjpeg";

export type Playable =
  /** `silencedCodec`: its sound, where that has to be left out. */
  | { kind: "stream"; codec: string; hasSound: boolean; silencedCodec: string | null }
  | { kind: "pictures only"; codec: string };

/** `codecs` as the recorder tells them, picture and sound with a comma between; `plays` asks the browser. */
export function playableOf(codecs: string, plays: (codecs: string) => boolean): Playable {
  const [video = "", ...sounds] = codecs.split(",").map((codec) => codec.trim());
  if (video === MOTION_JPEG || !plays(video)) return { kind: "pictures only", codec: video };
  const sound = sounds.join(",");
  if (sound === "") return { kind: "stream", codec: video, hasSound: false, silencedCodec: null };
  const both = `${video},${sound}`;
  return plays(both) ? { kind: "stream", codec: both, hasSound: true, silencedCodec: null } : { kind: "stream", codec: video, hasSound: false, silencedCodec: sound };
}
