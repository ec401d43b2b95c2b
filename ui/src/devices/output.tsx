// An LED, a relay or a siren: a switch, and how long until it goes off by itself.
import { useState } from "preact/hooks";
import { useApp } from "../recorder/context";
import type { Output } from "../recorder/wire";
import type { IconName } from "../shell/icons";
import { Question } from "../shell/question";
import { Ago, DeviceCard, Fact } from "./parts";
import { deviceText } from "./text";
import { useWish } from "./wish";
import { offWords } from "./words";

const ICONS: Record<Output["kind"], IconName> = { led: "lamp", relay: "relay", siren: "siren" };

interface Props {
  output: Output;
  now: number;
  mayChange: boolean;
}

export function OutputCard({ output, now, mayChange }: Props) {
  const { recorder } = useApp();
  const { name, kind, sim, on, since, follows, fault } = output;
  const wish = useWish(name, on, (wanted) => recorder.api.setOutput(name, wanted));
  const [asking, setAsking] = useState(false);
  const off = offWords(output, now);
  const word = deviceText.outputKinds[kind];
  const toggle = () => {
    if (wish.busy) return;
    // What wakes the street is asked about; silence is not.
    if (kind === "siren" && !wish.shown) setAsking(true);
    else void wish.ask(!wish.shown);
  };
  const tone = fault ? "fault" : !on ? "quiet" : kind === "siren" ? "alarm" : "active";
  return (
    <DeviceCard name={name} kind={sim ? `${word} · ${deviceText.sim}` : word} icon={fault ? "warning" : ICONS[kind]} tone={tone} sim={sim} fault={fault} state={<b>{on ? deviceText.on : deviceText.off}</b>}>
      {mayChange && (
        <button class="switch output-switch" role="switch" aria-checked={wish.shown} aria-busy={wish.busy} aria-label={name} onClick={toggle}>
          <span class="track" aria-hidden="true">
            <i />
          </span>
        </button>
      )}
      {off !== null && <p class="quiet small">{off}</p>}
      {follows !== null && <p class="quiet small">{deviceText.follows(follows)}</p>}
      <dl class="device-facts">
        <Fact name={deviceText.changed}>
          <Ago at={since} now={now} />
        </Fact>
      </dl>
      {asking && <Question question={deviceText.sirenQuestion(name)} yes={deviceText.sirenYes} act={() => wish.ask(true)} onClose={() => setAsking(false)} />}
    </DeviceCard>
  );
}
