// The fields of the motion page: sliders, numbers that may be left empty, switches.
import type { ComponentChildren } from "preact";
import { useEffect, useId, useState } from "preact/hooks";
import { newGesture } from "./handle";

interface SliderProps {
  label: string;
  value: number;
  least?: number;
  most?: number;
  step?: number;
  /** The value as it is read and said. */
  shown: string;
  ends?: readonly [string, string];
  disabled: boolean;
  fault?: string | undefined;
  onChange: (value: number, gesture: string) => void;
}

/** Its drag is one gesture. */
export function Slider({ label, value, least = 0, most = 1, step = 0.01, shown, ends, disabled, fault, onChange }: SliderProps) {
  const id = useId();
  const [gesture, setGesture] = useState(newGesture);
  return (
    <div class="slider">
      <div class="slider-head">
        <label for={id}>{label}</label>
        <output for={id}>{shown}</output>
      </div>
      <input
        id={id}
        type="range"
        min={least}
        max={most}
        step={step}
        value={value}
        aria-valuetext={shown}
        aria-describedby={fault ? `${id}-fault` : undefined}
        disabled={disabled}
        onInput={(event) => onChange(Number(event.currentTarget.value), gesture)}
        onChange={() => setGesture(newGesture())}
      />
      {ends && (
        <div class="slider-ends quiet small" aria-hidden="true">
          <span>{ends[0]}</span>
          <span>{ends[1]}</span>
        </div>
      )}
      <FieldFault id={`${id}-fault`} words={fault} />
    </div>
  );
}

interface NumberProps {
  label: string;
  hint: string;
  /** `null`: empty, where `empty` says what that means. */
  value: number | null;
  empty?: string;
  /** What is shown for a value of 1, such as 100 for shares in per cent. */
  scale?: number;
  disabled: boolean;
  fault?: string | undefined;
  onChange: (value: number | null) => void;
}

export function NumberField({ label, hint, value, empty, scale = 1, disabled, fault, onChange }: NumberProps) {
  const id = useId();
  const [typed, setTyped] = useState(() => written(value, scale));
  useEffect(() => {
    // What is typed stays as it is typed, unless it was changed from elsewhere.
    if (!Object.is(read(typed, scale, empty !== undefined), value)) setTyped(written(value, scale));
  }, [value]);
  return (
    <div class="setting">
      <label for={id}>{label}</label>
      <input
        id={id}
        class="input"
        type="text"
        inputMode="decimal"
        autocomplete="off"
        value={typed}
        placeholder={empty}
        aria-describedby={`${id}-about${fault ? ` ${id}-fault` : ""}`}
        aria-invalid={fault ? true : undefined}
        disabled={disabled}
        onInput={(event) => {
          const now = event.currentTarget.value;
          setTyped(now);
          onChange(read(now, scale, empty !== undefined));
        }}
      />
      <span id={`${id}-about`} class="quiet small">
        {hint}
      </span>
      <FieldFault id={`${id}-fault`} words={fault} />
    </div>
  );
}

function written(value: number | null, scale: number): string {
  return value === null || Number.isNaN(value) ? "" : String(Number((value * scale).toPrecision(4)));
}

/** NaN where no number is written and one has to be. */
function read(typed: string, scale: number, mayBeEmpty: boolean): number | null {
  const trimmed = typed.trim().replace(",", ".");
  if (trimmed === "") return mayBeEmpty ? null : NaN;
  const value = Number(trimmed) / scale;
  return Number.isNaN(value) ? NaN : Number(value.toPrecision(6));
}

export function Toggle({ label, hint, on, disabled, onChange }: { label: string; hint?: string; on: boolean; disabled: boolean; onChange: (on: boolean) => void }) {
  return (
    <>
      <label class="check">
        <input type="checkbox" checked={on} disabled={disabled} onChange={(event) => onChange(event.currentTarget.checked)} />
        {label}
      </label>
      {hint && <p class="quiet small">{hint}</p>}
    </>
  );
}

export function FieldFault({ id, words }: { id: string; words: string | undefined }) {
  return words === undefined ? null : (
    <p id={id} class="bad small field-fault">
      {words}
    </p>
  );
}

/** A part of the page in a box of its own. */
export function Panel({ title, children }: { title: string; children: ComponentChildren }) {
  const id = useId();
  return (
    <section class="motion-panel" aria-labelledby={id}>
      <h2 id={id}>{title}</h2>
      {children}
    </section>
  );
}
