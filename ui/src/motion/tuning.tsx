// How much must change, and how it must move: one slider, and what lies behind it for those who ask.
import type { MotionSettings, Tuning } from "../recorder/wire";
import { text } from "../text";
import { NumberField, Panel, Slider, Toggle } from "./fields";

interface Props {
  settings: MotionSettings;
  mayEdit: boolean;
  /** What is wrong with a field, by its name. */
  faults: ReadonlyMap<string, string>;
  change: (settings: MotionSettings, gesture?: string | null) => void;
}

export function TuningPanel({ settings, mayEdit, faults, change }: Props) {
  const { night } = settings;
  const setNight = (on: boolean) => {
    const { sensitivity, min_area, min_pixel_delta, min_travel, max_speed, straightness } = settings;
    change({ ...settings, night: on ? { sensitivity, min_area, min_pixel_delta, min_travel, max_speed, straightness } : null });
  };
  return (
    <Panel title={text.motion.tuning}>
      <Sensitivity label={night ? text.motion.byDay : text.motion.sensitivity} value={settings.sensitivity} fault={faults.get("sensitivity")} disabled={!mayEdit} onChange={(sensitivity, gesture) => change({ ...settings, sensitivity }, gesture)} />
      {night && <Sensitivity label={text.motion.byNight} value={night.sensitivity} fault={faults.get("night.sensitivity")} disabled={!mayEdit} onChange={(sensitivity, gesture) => change({ ...settings, night: { ...night, sensitivity } }, gesture)} />}
      <Toggle label={text.motion.nightToggle} hint={text.motion.nightHint} on={night !== null} disabled={!mayEdit} onChange={setNight} />
      <details class="expert">
        <summary>{text.motion.expert}</summary>
        {night && <h3>{text.motion.byDay}</h3>}
        <Expert tuning={settings} before="" faults={faults} disabled={!mayEdit} onChange={(some) => change({ ...settings, ...some })} />
        {night && (
          <>
            <h3>{text.motion.byNight}</h3>
            <Expert tuning={night} before="night." faults={faults} disabled={!mayEdit} onChange={(some) => change({ ...settings, night: { ...night, ...some } })} />
          </>
        )}
        <div class="expert-fields">
          <NumberField
            label={text.motion.keys.frames_per_second}
            hint={text.motion.hints.frames_per_second}
            value={settings.frames_per_second}
            fault={faults.get("frames_per_second")}
            disabled={!mayEdit}
            onChange={(value) => change({ ...settings, frames_per_second: value ?? NaN })}
          />
        </div>
      </details>
    </Panel>
  );
}

interface SensitivityProps {
  label: string;
  value: number;
  disabled: boolean;
  fault: string | undefined;
  onChange: (value: number, gesture: string) => void;
}

export function Sensitivity(props: SensitivityProps) {
  return <Slider {...props} shown={props.value.toFixed(2)} ends={[text.motion.less, text.motion.more]} />;
}

interface ExpertProps {
  tuning: Tuning;
  /** Goes before the name of each field. */
  before: string;
  faults: ReadonlyMap<string, string>;
  disabled: boolean;
  onChange: (some: Partial<Tuning>) => void;
}

function Expert({ tuning, before, faults, disabled, onChange }: ExpertProps) {
  const field = (key: Exclude<keyof typeof text.motion.keys, "frames_per_second">) => ({
    label: text.motion.keys[key],
    hint: text.motion.hints[key],
    value: tuning[key],
    fault: faults.get(before + key),
    disabled,
  });
  return (
    <div class="expert-fields">
      <NumberField {...field("min_area")} scale={100} empty={text.motion.automatic} onChange={(value) => onChange({ min_area: value })} />
      <NumberField {...field("min_pixel_delta")} empty={text.motion.automatic} onChange={(value) => onChange({ min_pixel_delta: value })} />
      <NumberField {...field("min_travel")} scale={100} onChange={(value) => onChange({ min_travel: value ?? NaN })} />
      <NumberField {...field("max_speed")} onChange={(value) => onChange({ max_speed: value ?? NaN })} />
      <NumberField {...field("straightness")} onChange={(value) => onChange({ straightness: value ?? NaN })} />
    </div>
  );
}
