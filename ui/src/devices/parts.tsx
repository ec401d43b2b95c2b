// What the cards of all devices have in common.
import type { ComponentChildren } from "preact";
import { useApp } from "../recorder/context";
import type { DeviceFault } from "../recorder/wire";
import { Icon, type IconName } from "../shell/icons";
import { useWatched } from "../watchable";
import { deviceText } from "./text";
import { type Tone, ago, isLow, percent } from "./words";

interface CardProps {
  name: string;
  /** What it is, such as `relay`. */
  kind: string;
  icon: IconName;
  tone: Tone;
  /** How it stands, in a word or two. */
  state: ComponentChildren;
  sim: boolean;
  fault: DeviceFault | null;
  children: ComponentChildren;
}

export function DeviceCard({ name, kind, icon, tone, state, sim, fault, children }: CardProps) {
  return (
    <li class="device" data-device={name} data-tone={tone}>
      <div class="device-head">
        <span class="device-icon">
          <Icon name={icon} />
        </span>
        <div class="device-name">
          <h3>{name}</h3>
          <p class="device-state">{state}</p>
        </div>
        <span class="quiet small device-kind" title={sim ? deviceText.simHint : undefined}>
          {kind}
        </span>
      </div>
      {fault && (
        <div class="device-fault" data-device-fault="">
          <p>
            <Icon name="warning" />
            <b>{fault.message}</b>
          </p>
          {fault.hint !== "" && <p>{fault.hint}</p>}
        </div>
      )}
      {children}
    </li>
  );
}

/** An instant as the clock on the wall shows it; pointed at, to the second. */
export function Moment({ at, now, words = (moment) => moment }: { at: number; now: number; words?: (moment: string) => string }) {
  const zone = useWatched(useApp().recorder.zone);
  return (
    <time dateTime={new Date(at).toISOString()} title={exactly(at, now, zone)}>
      {words(zone.moment(at, now))}
    </time>
  );
}

/** How long ago; pointed at, when. */
export function Ago({ at, now, words = ago }: { at: string | null; now: number; words?: (at: number, now: number) => string }) {
  const zone = useWatched(useApp().recorder.zone);
  if (at === null) return <>{deviceText.neverHeard}</>;
  const instant = Date.parse(at);
  return (
    <time dateTime={at} title={exactly(instant, now, zone)}>
      {words(instant, now)}
    </time>
  );
}

function exactly(at: number, now: number, zone: { dayName: (at: number, now: number) => string; exactTime: (at: number) => string }): string {
  return `${zone.dayName(at, now)} ${zone.exactTime(at)}`;
}

export function Fact({ name, children }: { name: string; children: ComponentChildren }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}

/** A share as a small bar and in words. `low`: what is little is bad, as of a battery. */
export function Share({ name, share, low = false }: { name: string; share: number; low?: boolean }) {
  const bad = low && isLow(share);
  return (
    <Fact name={name}>
      <span class="share" data-bad={bad ? "" : undefined}>
        <span class="share-bar" aria-hidden="true">
          <i style={{ width: `${Math.round(100 * Math.min(1, Math.max(0, share)))}%` }} />
        </span>
        {bad && <Icon name="warning" />}
        {percent(share)}
      </span>
    </Fact>
  );
}

interface SliderProps {
  label: string;
  value: number;
  least: number;
  most: number;
  step: number;
  shown: (value: number) => string;
  disabled?: boolean;
  onInput?: (value: number) => void;
  /** When the hand lets go. */
  onChange: (value: number) => void;
}

export function Slide({ label, value, least, most, step, shown, disabled = false, onInput, onChange }: SliderProps) {
  return (
    <input
      type="range"
      class="slide"
      aria-label={label}
      aria-valuetext={shown(value)}
      min={least}
      max={most}
      step={step}
      value={value}
      disabled={disabled}
      onInput={(event) => onInput?.(Number(event.currentTarget.value))}
      onChange={(event) => onChange(Number(event.currentTarget.value))}
    />
  );
}
