// Says aloud, once each, what somebody who does not see the page must know: a camera lost or back, its
// pictures bad or good again, a new event and who it is, the recorder gone or back.
import type { Recorder } from "../recorder/recorder";
import type { Ailment, CameraState } from "../recorder/wire";
import { objectText } from "../objects/text";
import { whatIsSaid, whatWas } from "../objects/words";
import { text } from "../text";
import type { Notices } from "./notices";

export function announceChanges(recorder: Recorder, notices: Notices): void {
  const states = new Map<string, CameraState>();
  recorder.status.watch(() => {
    for (const { name, state, cause } of recorder.status.get()?.cameras ?? []) {
      const before = states.get(name);
      // On the way back a camera is "connecting"; that is no news yet.
      if (state === "connecting" && before !== undefined) continue;
      states.set(name, state);
      if (before === undefined || before === state) continue;
      if (state === "offline") notices.say(text.announce.offline(name, cause));
      if (state === "live" && before === "offline") notices.say(text.announce.back(name));
    }
  });

  const ailing = new Map<string, ReadonlySet<Ailment>>();
  recorder.status.watch(() => {
    const sentences: string[] = [];
    for (const { name, health } of recorder.status.get()?.cameras ?? []) {
      const before = ailing.get(name);
      // That no pictures come is said with the camera's state.
      const now = new Set<Ailment>(health.map(({ kind }) => kind).filter((kind) => kind !== "no_pictures"));
      ailing.set(name, now);
      const told = (kind: Ailment) => text.ailments[kind] ?? kind;
      for (const kind of now) if (!before?.has(kind)) sentences.push(text.announce.ails(name, told(kind)));
      for (const kind of before ?? []) if (!now.has(kind)) sentences.push(text.announce.well(name, told(kind)));
    }
    if (sentences.length > 0) notices.say(sentences.join(" "));
  });

  const heard = new Set<string>();
  const recognised = new Set<string>();
  recorder.onEvent((event) => {
    const { id, camera, triggered, end, objects } = event;
    const isOfNow = end === null && recorder.now() - Date.parse(triggered) < 60_000;
    const isNew = isOfNow && !heard.has(id);
    // It begins as motion; who it is comes a moment later.
    const isWho = isOfNow && objects.length > 0 && !recognised.has(id);
    heard.add(id);
    if (objects.length > 0) recognised.add(id);
    if (isNew) notices.say(text.announce.event(whatIsSaid(event), camera, recorder.zone.get().time(Date.parse(triggered))));
    else if (isWho) notices.say(objectText.announced(whatWas(event), camera));
  });

  recorder.there.watch(() => notices.say(recorder.there.get() ? text.announce.there : text.announce.gone));
}
