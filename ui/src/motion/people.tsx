// How large people are: two figures on the picture to be drawn to size, and the same as numbers.
import type { MotionSettings, PersonHeight } from "../recorder/wire";
import { text } from "../text";
import { LIMITS } from "./draft";
import { Panel, Slider, Toggle } from "./fields";
import { Handle } from "./handle";
import type { Place } from "./polygon";
import { percent } from "./words";

/** Where the figures stand, from the left. */
const NEAR_X = 0.3;
const FAR_X = 0.66;
/** What one begins with. */
const USUAL: PersonHeight = { near: 0.8, far: 0.25, far_at: 0.5 };

interface Props {
  settings: MotionSettings;
  mayEdit: boolean;
  faults: ReadonlyMap<string, string>;
  change: (settings: MotionSettings, gesture?: string | null) => void;
}

export function PeoplePanel({ settings, mayEdit, faults, change }: Props) {
  const { person } = settings;
  const slider = (key: keyof PersonHeight, label: string, shown: string, most: number) =>
    person && (
      <Slider label={label} value={person[key]} least={LIMITS[key][0]} most={most} shown={shown} fault={faults.get(`person.${key}`)} disabled={!mayEdit} onChange={(value, gesture) => change({ ...settings, person: { ...person, [key]: value } }, gesture)} />
    );
  return (
    <Panel title={text.motion.people}>
      <Toggle label={text.motion.peopleToggle} on={person !== null} disabled={!mayEdit} onChange={(on) => change({ ...settings, person: on ? USUAL : null })} />
      {person && (
        <>
          <p class="quiet small">{text.motion.peopleHint}</p>
          {slider("near", text.motion.near, percent(person.near), Math.max(1.5, person.near))}
          {slider("far", text.motion.far, percent(person.far), Math.max(1, person.far))}
          {slider("far_at", text.motion.farAt, percent(person.far_at), LIMITS.far_at[1])}
        </>
      )}
    </Panel>
  );
}

interface FiguresProps extends Omit<Props, "faults"> {
  person: PersonHeight;
  placeAt: (clientX: number, clientY: number) => Place;
}

/** The two figures over the picture. */
export function Figures({ person, placeAt, settings, mayEdit, change }: FiguresProps) {
  const put = (some: Partial<PersonHeight>, gesture: string) => {
    const next = { ...person, ...some };
    const held = (key: keyof PersonHeight) => Math.round(Math.min(LIMITS[key][1], Math.max(LIMITS[key][0], next[key])) * 1e4) / 1e4;
    change({ ...settings, person: { near: held("near"), far: held("far"), far_at: held("far_at") } }, gesture);
  };
  return (
    <>
      <div class="figures" aria-hidden="true">
        <Figure x={NEAR_X} feet={1} height={person.near} />
        <Figure x={FAR_X} feet={person.far_at} height={person.far} />
      </div>
      {mayEdit && (
        <>
          <Handle class="head" label={`${text.motion.near}, ${text.motion.nearValue(percent(person.near))}`} place={[NEAR_X, 1 - person.near]} placeAt={placeAt} onMove={([, y], gesture) => put({ near: 1 - y }, gesture)} />
          <Handle class="head" label={`${text.motion.far}, ${text.motion.nearValue(percent(person.far))}`} place={[FAR_X, person.far_at - person.far]} placeAt={placeAt} onMove={([, y], gesture) => put({ far: person.far_at - y }, gesture)} />
          <Handle class="feet" label={`${text.motion.farAt}, ${text.motion.farAtValue(percent(person.far_at))}`} place={[FAR_X, person.far_at]} placeAt={placeAt} onMove={([, y], gesture) => put({ far_at: y }, gesture)} />
        </>
      )}
    </>
  );
}

function Figure({ x, feet, height }: { x: number; feet: number; height: number }) {
  return (
    <div class="figure" style={{ left: `${x * 100}%`, bottom: `${(1 - feet) * 100}%`, height: `${height * 100}%` }}>
      <svg viewBox="0 0 34 100" preserveAspectRatio="xMidYMax meet">
        <path d="M17 1a7 7 0 1 1 0 14a7 7 0 1 1 0-14zM10 18h14q5 0 5.5 5l2 27h-5l-2-20h-1v69h-6l-.5-40h-1l-.5 40h-6v-69h-1l-2 20h-5l2-27q.5-5 5.5-5z" />
      </svg>
    </div>
  );
}
