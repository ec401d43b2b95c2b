// Finds events by what was recognised, by where it was, and by words.
import type { ComponentChildren } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import { objectText } from "../objects/text";
import { labelName, lookOf } from "../objects/words";
import { told } from "../recorder/api";
import { useApp } from "../recorder/context";
import type { EventWords } from "../recorder/wire";
import { Icon } from "../shell/icons";
import { Popover } from "./popover";
import { LONGEST_TEXT, tidyText } from "./query";

interface Seen {
  labels: readonly string[];
  zone: string | null;
}

export function SeenFilter({ labels, zone, onChange }: Seen & { onChange: (seen: Seen) => void }) {
  const who = labels.length === 0 ? null : labelName(labels.join(", "));
  return (
    <Popover
      label={objectText.filter}
      active={who !== null || zone !== null}
      button={
        <>
          <Icon name="person" />
          <span class="who-words">{zone === null ? (who ?? objectText.anything) : objectText.inZone(who, zone)}</span>
        </>
      }
    >
      {() => <Choice labels={labels} zone={zone} onChange={onChange} />}
    </Popover>
  );
}

/** Those that occur in the events there are, and those that stand in the address. */
function Choice({ labels, zone, onChange }: Seen & { onChange: (seen: Seen) => void }) {
  const { words, failure } = useEventWords();
  const all = both(words?.labels, labels);
  const zones = both(words?.zones, zone === null ? [] : [zone]);
  const toggle = (label: string) => onChange({ labels: all.filter((one) => (one === label) !== labels.includes(one)), zone });
  return (
    <>
      <Chips name={objectText.labels}>
        <Chip pressed={labels.length === 0} onClick={() => onChange({ labels: [], zone })}>
          {objectText.anything}
        </Chip>
        {all.map((label) => (
          <Chip key={label} pressed={labels.includes(label)} onClick={() => toggle(label)}>
            <Icon name={lookOf(label).icon} />
            {labelName(label)}
          </Chip>
        ))}
      </Chips>
      {zones.length > 0 && (
        <Chips name={objectText.zones}>
          <Chip pressed={zone === null} onClick={() => onChange({ labels, zone: null })}>
            {objectText.anywhere}
          </Chip>
          {zones.map((one) => (
            <Chip key={one} pressed={one === zone} onClick={() => onChange({ labels, zone: one })}>
              {one}
            </Chip>
          ))}
        </Chips>
      )}
      <p class="quiet small seen-note" role="status">
        {failure !== null ? objectText.wordsFailed(failure) : words && all.length + zones.length === 0 ? objectText.noWords : ""}
      </p>
    </>
  );
}

function both(known: readonly string[] = [], chosen: readonly string[]): string[] {
  return [...new Set([...known, ...chosen])];
}

function Chips({ name, children }: { name: string; children: ComponentChildren }) {
  return (
    <fieldset class="ticks">
      <legend>{name}</legend>
      <div class="presets">{children}</div>
    </fieldset>
  );
}

function Chip({ pressed, onClick, children }: { pressed: boolean; onClick: () => void; children: ComponentChildren }) {
  return (
    <button class="preset" aria-pressed={pressed} onClick={onClick}>
      {children}
    </button>
  );
}

function useEventWords(): { words: EventWords | null; failure: string | null } {
  const { recorder } = useApp();
  const [words, setWords] = useState<EventWords | null>(null);
  const [failure, setFailure] = useState<string | null>(null);
  useEffect(() => {
    let current = true;
    recorder.api.eventWords().then(
      (answer) => current && setWords(answer),
      (error: unknown) => current && setFailure(told(error)),
    );
    return () => {
      current = false;
    };
  }, []);
  return { words, failure };
}

/** How long to wait after a letter before it is searched, in milliseconds. */
const REST_MS = 300;

interface SearchProps {
  text: string;
  /** `inPlace`: more letters of the same search, without a step for Back. */
  onChange: (text: string, inPlace: boolean) => void;
}

export function Search({ text: wanted, onChange }: SearchProps) {
  const [typed, setTyped] = useState(wanted);
  const timer = useRef<number | undefined>(undefined);
  // What the list was last asked for; another word in the address came from elsewhere, such as Back.
  const asked = useRef(wanted);
  const newest = useRef(onChange);
  newest.current = onChange;

  useEffect(() => {
    if (wanted === asked.current) return;
    clearTimeout(timer.current);
    asked.current = wanted;
    setTyped(wanted);
  }, [wanted]);
  useEffect(() => () => clearTimeout(timer.current), []);

  const ask = (value: string) => {
    clearTimeout(timer.current);
    const words = tidyText(value);
    if (words === asked.current) return;
    const inPlace = asked.current !== "";
    asked.current = words;
    newest.current(words, inPlace);
  };
  return (
    <form
      class="search"
      role="search"
      onSubmit={(event) => {
        event.preventDefault();
        ask(typed);
      }}
    >
      <Icon name="search" />
      <input
        class="input"
        type="search"
        value={typed}
        maxLength={LONGEST_TEXT}
        aria-label={objectText.search}
        placeholder={objectText.searchHint}
        enterKeyHint="search"
        autoComplete="off"
        onInput={(event) => {
          const { value } = event.currentTarget;
          setTyped(value);
          clearTimeout(timer.current);
          timer.current = window.setTimeout(() => ask(value), REST_MS);
        }}
        onBlur={(event) => ask(event.currentTarget.value)}
      />
    </form>
  );
}
