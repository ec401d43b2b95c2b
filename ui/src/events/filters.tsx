// The filters over the list; each change is a new address.
import { useState } from "preact/hooks";
import { deviceText } from "../devices/text";
import { useApp } from "../recorder/context";
import type { Zone } from "../recorder/zone";
import { Icon } from "../shell/icons";
import { text } from "../text";
import { useWatched } from "../watchable";
import { Popover } from "./popover";
import { EVERYTHING, type EventQuery, KIND_FILTERS, type KindFilter, filterOf } from "./query";
import { Search, SeenFilter } from "./seen_filter";
import { PRESETS, type Range, instantsOf, momentOf } from "./ranges";

interface Props {
  query: EventQuery;
  /** `inPlace`: without a step for Back. */
  onChange: (query: EventQuery, inPlace?: boolean) => void;
}

export function Filters({ query, onChange }: Props) {
  return (
    <div class="filters" role="group" aria-label={text.events.filters}>
      <TimeFilter range={query.range} onChange={(range) => onChange({ ...query, range })} />
      <CameraFilter cameras={query.cameras} onChange={(cameras) => onChange({ ...query, cameras })} />
      <Popover
        label={text.events.kind}
        active={query.kind !== null}
        button={query.kind === null ? text.events.anyKind : <KindWord kind={query.kind} />}
      >
        {(close) => (
          <KindChoice
            chosen={query.kind}
            onChange={(kind) => {
              onChange({ ...query, kind });
              close();
            }}
          />
        )}
      </Popover>
      <SeenFilter labels={query.labels} zone={query.zone} onChange={(seen) => onChange({ ...query, ...seen })} />
      {query.sensor !== null && (
        <button class="filter" data-active="" aria-label={deviceText.filterOff(query.sensor)} onClick={() => onChange({ ...query, sensor: null })}>
          <Icon name="pir" />
          <span class="who-words">{deviceText.filter(query.sensor)}</span>
          <Icon name="close" />
        </button>
      )}
      <button class="filter" aria-pressed={query.keptOnly} data-active={query.keptOnly ? "" : undefined} onClick={() => onChange({ ...query, keptOnly: !query.keptOnly })}>
        <Icon name="star" filled={query.keptOnly} />
        {text.events.kept}
      </button>
      <Search text={query.text} onChange={(text, inPlace) => onChange({ ...query, text }, inPlace)} />
      {filterOf(query) !== "" && (
        <button class="link" onClick={() => onChange(EVERYTHING)}>
          {text.events.clear}
        </button>
      )}
    </div>
  );
}

export function TimeFilter({ range, onChange }: { range: Range; onChange: (range: Range) => void }) {
  const { recorder } = useApp();
  const zone = useWatched(recorder.zone);
  return (
    <Popover
      label={text.events.range}
      active={range.kind !== "all"}
      button={
        <>
          <Icon name="calendar" />
          {rangeName(range, zone, recorder.now())}
        </>
      }
    >
      {(close) => (
        <RangeForm
          range={range}
          zone={zone}
          now={recorder.now()}
          onChange={(chosen) => {
            onChange(chosen);
            close();
          }}
        />
      )}
    </Popover>
  );
}

export function CameraFilter({ cameras, onChange }: { cameras: readonly string[]; onChange: (cameras: string[]) => void }) {
  return (
    <Popover
      label={text.events.chooseCameras}
      active={cameras.length > 0}
      button={
        <>
          <Icon name="live" />
          {camerasName(cameras)}
        </>
      }
    >
      {() => <CameraChoice chosen={cameras} onChange={onChange} />}
    </Popover>
  );
}

function KindChoice({ chosen, onChange }: { chosen: KindFilter | null; onChange: (kind: KindFilter | null) => void }) {
  return (
    <div class="presets">
      <button class="preset" aria-pressed={chosen === null} onClick={() => onChange(null)}>
        {text.events.anyKind}
      </button>
      {KIND_FILTERS.map((kind) => (
        <button key={kind} class="preset" aria-pressed={chosen === kind} onClick={() => onChange(kind)}>
          <KindWord kind={kind} />
        </button>
      ))}
    </div>
  );
}

function KindWord({ kind }: { kind: KindFilter }) {
  return (
    <span class="kind">
      <i class="kind-colour" data-kind={kind} />
      {text.events.kindFilters[kind]}
    </span>
  );
}

function CameraChoice({ chosen, onChange }: { chosen: readonly string[]; onChange: (cameras: string[]) => void }) {
  const { recorder } = useApp();
  const known = useWatched(recorder.status)?.cameras.map((camera) => camera.name) ?? [];
  // A camera that was removed may still have events, and stand in the address.
  const names = [...new Set([...known, ...chosen])];
  const toggle = (name: string) => onChange(names.filter((one) => (one === name) !== chosen.includes(one)));
  return (
    <fieldset class="ticks">
      <legend>{text.events.chooseCameras}</legend>
      <label class="check">
        <input type="checkbox" checked={chosen.length === 0} onChange={() => onChange([])} />
        {text.events.allCameras}
      </label>
      {names.map((name) => (
        <label key={name} class="check">
          <input type="checkbox" checked={chosen.includes(name)} onChange={() => toggle(name)} />
          {name}
        </label>
      ))}
    </fieldset>
  );
}

interface RangeProps {
  range: Range;
  zone: Zone;
  now: number;
  onChange: (range: Range) => void;
}

function RangeForm({ range, zone, now, onChange }: RangeProps) {
  const { from: first, to: last } = instantsOf(range, zone, now);
  const [from, setFrom] = useState(first === null ? "" : momentOf(first, zone));
  const [to, setTo] = useState(last === null ? "" : momentOf(last, zone));
  return (
    <>
      <div class="presets">
        <button class="preset" aria-pressed={range.kind === "all"} onClick={() => onChange({ kind: "all" })}>
          {text.events.anyTime}
        </button>
        {PRESETS.map((preset) => (
          <button key={preset} class="preset" aria-pressed={range.kind === "preset" && range.preset === preset} onClick={() => onChange({ kind: "preset", preset })}>
            {text.events.presets[preset]}
            {text.events.presetHint[preset] && <span class="quiet small">{text.events.presetHint[preset]}</span>}
          </button>
        ))}
      </div>
      <form
        class="range-form"
        onSubmit={(event) => {
          event.preventDefault();
          onChange(from === "" && to === "" ? { kind: "all" } : { kind: "custom", from: from || null, to: to || null });
        }}
      >
        <label class="field">
          {text.events.from}
          <input class="input" type="datetime-local" value={from} max={to || undefined} onInput={(event) => setFrom(event.currentTarget.value)} />
        </label>
        <label class="field">
          {text.events.to}
          <input class="input" type="datetime-local" value={to} min={from || undefined} onInput={(event) => setTo(event.currentTarget.value)} />
        </label>
        <button class="button primary" type="submit">
          {text.events.apply}
        </button>
      </form>
    </>
  );
}

function rangeName(range: Range, zone: Zone, now: number): string {
  if (range.kind === "all") return text.events.anyTime;
  if (range.kind === "preset") return text.events.presets[range.preset];
  const { from, to } = instantsOf(range, zone, now);
  const name = (instant: number | null) => (instant === null ? "…" : zone.moment(instant, now));
  return text.events.fromTo(name(from), name(to));
}

function camerasName(cameras: readonly string[]): string {
  if (cameras.length === 0) return text.events.allCameras;
  return cameras.length === 1 ? cameras[0]! : text.events.cameras(cameras.length);
}
