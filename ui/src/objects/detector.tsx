// How the detector is: what it looks with, or why it fails and what to do about it.
import { useApp } from "../recorder/context";
import type { DetectorState } from "../recorder/wire";
import type { Zone } from "../recorder/zone";
import { Icon } from "../shell/icons";
import { useWatched } from "../watchable";
import { objectText } from "./text";

/** Among the state of the recorder. */
export function DetectorSection() {
  const detector = useWatched(useApp().recorder.detector);
  return (
    <section aria-labelledby="detector-title" data-detector={detector?.state}>
      <h3 id="detector-title">{objectText.detector}</h3>
      {detector && <DetectorLine detector={detector} />}
    </section>
  );
}

export function DetectorLine({ detector }: { detector: DetectorState }) {
  const { recorder } = useApp();
  const zone = useWatched(recorder.zone);
  if (detector.state === "failing") return <Failing detector={detector} zone={zone} now={recorder.now()} />;
  return (
    <>
      <p class="quiet detector-line">{stateWords(detector)}</p>
      {detector.note !== null && <p class="quiet small">{detector.note}</p>}
    </>
  );
}

/** Plainly, with what to do about it. */
function Failing({ detector: { name, since, cause, hint }, zone, now }: { detector: DetectorState; zone: Zone; now: number }) {
  return (
    <div class="detector-fails">
      <p>
        <Icon name="warning" />
        <b>{objectText.states.failing(name, since && zone.moment(Date.parse(since), now))}</b>
      </p>
      {cause !== null && <p>{cause}</p>}
      {hint !== null && <p class="quiet">{hint}</p>}
      <p>{objectText.goesOn}</p>
    </div>
  );
}

function stateWords({ state, name, engine, input, look_ms }: DetectorState): string {
  if (state !== "ready") return objectText.states[state === "off" ? "off" : "starting"];
  const size = input === null ? null : objectText.input(...input);
  const look = look_ms === null ? null : objectText.look(look_ms < 10 ? look_ms.toFixed(1) : look_ms.toFixed(0));
  return objectText.states.ready([name, engine, size, look].filter((one) => one !== null).join(", "));
}
