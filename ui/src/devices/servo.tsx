// A servo: where it is, where it goes, and a way to send it anywhere.
import { useState } from "preact/hooks";
import { useApp } from "../recorder/context";
import type { Servo } from "../recorder/wire";
import { DeviceCard, Slide } from "./parts";
import { deviceText } from "./text";
import { useWish } from "./wish";
import { degrees, isMoving, servoWords } from "./words";

const MOST = 180;

export function ServoCard({ servo, mayChange }: { servo: Servo; mayChange: boolean }) {
  const { recorder } = useApp();
  const { name, kind, angle, target, angle_on, angle_off, fault } = servo;
  const wish = useWish(name, target, (to: number | null) => (to === null ? Promise.resolve() : recorder.api.turnServo(name, to)));
  const [held, setHeld] = useState<number | null>(null);
  const shown = held ?? wish.shown ?? angle ?? angle_off;
  const go = (to: number) => {
    setHeld(null);
    void wish.ask(to);
  };
  const ends = angle_on === angle_off ? [[deviceText.whileOn, angle_on] as const] : [[deviceText.whileOff, angle_off] as const, [deviceText.whileOn, angle_on] as const];
  return (
    <DeviceCard name={name} kind={kind === "sim" ? deviceText.kinds.sim : deviceText.pwm} icon={fault ? "warning" : "servo"} tone={fault ? "fault" : isMoving(servo) ? "active" : "quiet"} sim={kind === "sim"} fault={fault} state={<b data-angle={angle ?? undefined}>{servoWords(servo)}</b>}>
      <div class="turn">
        <div class="turn-track" aria-hidden="true">
          {ends.map(([end, at]) => (
            <i key={end} class="turn-end" style={{ left: place(at) }} />
          ))}
          {angle !== null && <i class="turn-here" style={{ left: place(angle) }} />}
        </div>
        <Slide label={deviceText.angle(name)} value={shown} least={0} most={MOST} step={1} shown={degrees} disabled={!mayChange} onInput={setHeld} onChange={go} />
        <div class="turn-scale quiet small" aria-hidden="true">
          <span>{degrees(0)}</span>
          <b>{degrees(shown)}</b>
          <span>{degrees(MOST)}</span>
        </div>
      </div>
      {mayChange ? (
        <div class="play-buttons">
          {ends.map(([end, at]) => (
            <button key={end} class="button" onClick={() => go(at)}>
              {deviceText.goTo(end, degrees(at))}
            </button>
          ))}
        </div>
      ) : (
        <p class="quiet small">{ends.map(([end, at]) => deviceText.goTo(end, degrees(at))).join(" · ")}</p>
      )}
    </DeviceCard>
  );
}

/** Where the middle of the slider's thumb is at that angle. */
function place(angle: number): string {
  return `calc(var(--thumb) / 2 + (100% - var(--thumb)) * ${(angle / MOST).toFixed(4)})`;
}
