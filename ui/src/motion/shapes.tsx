// All zones and masks as a list, with everything about them that is no corner.
import { useId } from "preact/hooks";
import type { MotionSettings, MotionZone } from "../recorder/wire";
import { Icon } from "../shell/icons";
import { text } from "../text";
import { type ShapeRef, cornersOf, same, shapesOf, withoutShape } from "./draft";
import { FieldFault, NumberField, Panel, Toggle } from "./fields";
import { Sensitivity } from "./tuning";
import { percent, shapeName } from "./words";

interface Props {
  settings: MotionSettings;
  selected: ShapeRef | null;
  mayEdit: boolean;
  faults: ReadonlyMap<string, string>;
  change: (settings: MotionSettings, gesture?: string | null) => void;
  select: (shape: ShapeRef | null) => void;
}

export function ShapeList({ settings, selected, mayEdit, faults, change, select }: Props) {
  const shapes = shapesOf(settings);
  return (
    <Panel title={text.motion.list}>
      {shapes.length === 0 && <p class="quiet">{text.motion.noneHint}</p>}
      <ul class="shapes">
        {shapes.map((shape) => {
          const name = shapeName(settings, shape);
          const chosen = same(shape, selected);
          const zone = shape.kind === "zone" ? settings.zones[shape.at] : undefined;
          const fault = faults.get(shape.kind === "zone" ? `zones[${shape.at}].area` : `masks[${shape.at}]`);
          return (
            <li key={shape.kind + shape.at} data-shape={`${shape.kind} ${shape.at}`} data-selected={chosen ? "" : undefined}>
              <div class="shape-head">
                <i class={`swatch ${shape.kind}`} />
                <div class="shape-words">
                  <b>{name}</b>
                  <span class="quiet small">{factsOf(zone, cornersOf(settings, shape).length)}</span>
                </div>
                <button class="button" aria-expanded={chosen} aria-label={`${mayEdit ? text.motion.edit : text.motion.show}: ${name}`} onClick={() => select(chosen ? null : shape)}>
                  {mayEdit ? text.motion.edit : text.motion.show}
                </button>
                {mayEdit && (
                  <button
                    class="button round danger"
                    aria-label={text.motion.remove(name)}
                    onClick={() => {
                      select(null);
                      change(withoutShape(settings, shape));
                    }}
                  >
                    <Icon name="bin" />
                  </button>
                )}
              </div>
              <FieldFault id={`fault-${shape.kind}-${shape.at}`} words={fault} />
              {chosen && zone && <ZoneFields at={shape.at} zone={zone} settings={settings} mayEdit={mayEdit} faults={faults} change={change} />}
            </li>
          );
        })}
      </ul>
    </Panel>
  );
}

function factsOf(zone: MotionZone | undefined, corners: number): string {
  if (!zone) return text.motion.zoneFacts(corners, null, null, null);
  const seconds = zone.min_time > 0 ? `${zone.min_time} s` : null;
  return text.motion.zoneFacts(corners, zone.sensitivity === null ? null : zone.sensitivity.toFixed(2), zone.min_area === null ? null : percent(zone.min_area), seconds);
}

interface ZoneProps {
  at: number;
  zone: MotionZone;
  settings: MotionSettings;
  mayEdit: boolean;
  faults: ReadonlyMap<string, string>;
  change: (settings: MotionSettings, gesture?: string | null) => void;
}

function ZoneFields({ at, zone, settings, mayEdit, faults, change }: ZoneProps) {
  const id = useId();
  const put = (some: Partial<MotionZone>, gesture: string | null = null) =>
    change({ ...settings, zones: settings.zones.map((one, place) => (place === at ? { ...one, ...some } : one)) }, gesture);
  const fault = (key: string) => faults.get(`zones[${at}].${key}`);
  return (
    <div class="shape-fields">
      <div class="setting">
        <label for={id}>{text.motion.name}</label>
        <input
          id={id}
          class="input"
          type="text"
          maxLength={64}
          autocomplete="off"
          value={zone.name}
          aria-invalid={fault("name") ? true : undefined}
          aria-describedby={fault("name") ? `${id}-fault` : undefined}
          disabled={!mayEdit}
          onInput={(event) => put({ name: event.currentTarget.value }, `name ${at}`)}
        />
        <FieldFault id={`${id}-fault`} words={fault("name")} />
      </div>
      <NumberField label={text.motion.minSize} hint={text.motion.percentOfPicture} empty={text.motion.asCamera} scale={100} value={zone.min_area} fault={fault("min_area")} disabled={!mayEdit} onChange={(min_area) => put({ min_area })} />
      <NumberField label={text.motion.minTime} hint={text.motion.seconds} value={zone.min_time} fault={fault("min_time")} disabled={!mayEdit} onChange={(min_time) => put({ min_time: min_time ?? NaN })} />
      <div class="setting">
        <Toggle label={text.motion.ownSensitivity} on={zone.sensitivity !== null} disabled={!mayEdit} onChange={(on) => put({ sensitivity: on ? settings.sensitivity : null })} />
        {zone.sensitivity !== null && <Sensitivity label={text.motion.sensitivity} value={zone.sensitivity} fault={fault("sensitivity")} disabled={!mayEdit} onChange={(sensitivity, gesture) => put({ sensitivity }, gesture)} />}
      </div>
    </div>
  );
}
