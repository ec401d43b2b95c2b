// Where a camera looks: turn and zoom by a pad that is held down, and places it remembers.
import { useEffect, useRef, useState } from "preact/hooks";
import { told } from "../recorder/api";
import { useApp } from "../recorder/context";
import type { Movement, Preset, Ptz } from "../recorder/wire";
import { Icon, type IconName } from "../shell/icons";
import { Question } from "../shell/question";
import { text } from "../text";
import { type Input, REPEAT_MS, STILL, type Way, nudge, step } from "./holding";

export function PtzPanel({ camera, isOwner }: { camera: string; isOwner: boolean }) {
  const { recorder } = useApp();
  const [ptz, setPtz] = useState<Ptz | null>(null);
  const [failure, setFailure] = useState<string | null>(null);

  const load = async () => {
    setFailure(null);
    try {
      setPtz(await recorder.api.ptz(camera));
    } catch (error) {
      setFailure(text.ptz.failed(told(error)));
    }
  };
  useEffect(() => void load(), [camera]);

  const move = async (movement: Movement): Promise<boolean> => {
    try {
      await recorder.api.move(camera, movement);
      setFailure(null);
      return true;
    } catch (error) {
      setFailure(text.ptz.failed(told(error)));
      return false;
    }
  };

  return (
    <section class="ptz" aria-labelledby="ptz-title">
      <h2 id="ptz-title">{text.ptz.title}</h2>
      <p class="bad" role="alert">
        {failure}
      </p>
      {ptz === null && failure === null && <p class="quiet">{text.ptz.loading}</p>}
      {ptz === null && failure !== null && (
        <button class="button" onClick={() => void load()}>
          {text.events.again}
        </button>
      )}
      {ptz && (
        <div class="ptz-parts">
          {(ptz.pan_tilt || ptz.zoom) && <Pad ptz={ptz} move={move} />}
          <Places ptz={ptz} camera={camera} isOwner={isOwner} move={move} onChange={(presets) => setPtz({ ...ptz, presets })} />
        </div>
      )}
    </section>
  );
}

type Move = (movement: Movement) => Promise<boolean>;

const KEYS: Readonly<Record<string, Way>> = { ArrowLeft: "left", ArrowRight: "right", ArrowUp: "up", ArrowDown: "down", "+": "closer", "=": "closer", "-": "away" };
const ICONS: Readonly<Record<Way, IconName>> = { left: "back", right: "right", up: "up", down: "down", closer: "plus", away: "minus" };

function Pad({ ptz, move }: { ptz: Ptz; move: Move }) {
  const { press, release } = useHolding(move);
  const byKey = useRef(false);
  const can = (way: Way) => (way === "closer" || way === "away" ? ptz.zoom : ptz.pan_tilt);
  const key = (event: KeyboardEvent): Way | undefined => {
    if (event.ctrlKey || event.metaKey || event.altKey) return undefined;
    const button = event.target instanceof HTMLElement ? event.target.closest<HTMLElement>("[data-way]") : null;
    if (button && (event.key === " " || event.key === "Enter")) return button.dataset["way"] as Way;
    return KEYS[event.key];
  };
  return (
    <div
      class="pad"
      role="group"
      aria-label={text.ptz.pad}
      onKeyDown={(event) => {
        const way = key(event);
        if (!way || !can(way)) return;
        event.preventDefault();
        byKey.current = true;
        if (!event.repeat) press(way);
      }}
      onKeyUp={(event) => {
        if (!key(event)) return;
        event.preventDefault();
        release();
      }}
      onFocusOut={() => byKey.current && release()}
      onContextMenu={(event) => event.preventDefault()}
    >
      {(["up", "left", "right", "down", "closer", "away"] as const).filter(can).map((way) => (
        <button
          key={way}
          class="button round"
          data-way={way}
          aria-label={text.ptz.ways[way]}
          title={text.ptz.ways[way]}
          onPointerDown={(event) => {
            if (event.button !== 0) return;
            event.currentTarget.releasePointerCapture?.(event.pointerId); // A finger holds what it touched: leaving would not be told.
            byKey.current = false;
            press(way);
          }}
          onPointerUp={release}
          onPointerLeave={release}
          onPointerCancel={release}
          onClick={(event) => {
            // Neither pointer nor key: whoever reads the screen aloud presses in this way.
            if (event.detail === 0) void move(nudge(way));
          }}
        >
          <Icon name={ICONS[way]} />
        </button>
      ))}
    </div>
  );
}

/** Sends what `holding.ts` says, and lets go whenever nobody can be holding any more. */
function useHolding(move: Move): { press: (way: Way) => void; release: () => void } {
  const holding = useRef(STILL);
  const timer = useRef<number | undefined>(undefined);
  const newest = useRef(move);
  newest.current = move;
  const take = (input: Input) => {
    const { holding: after, command } = step(holding.current, input);
    holding.current = after;
    if (after.held === null) {
      clearInterval(timer.current);
      timer.current = undefined;
    } else {
      timer.current ??= window.setInterval(() => take({ kind: "due" }), REPEAT_MS);
    }
    if (command) void newest.current(command).then((done) => take({ kind: done ? "answered" : "failed" }));
  };
  const release = () => take({ kind: "release" });
  useEffect(() => {
    const hidden = () => document.hidden && release();
    window.addEventListener("blur", release);
    window.addEventListener("pagehide", release);
    document.addEventListener("visibilitychange", hidden);
    return () => {
      release();
      window.removeEventListener("blur", release);
      window.removeEventListener("pagehide", release);
      document.removeEventListener("visibilitychange", hidden);
    };
  }, []);
  return { press: (way) => take({ kind: "press", way }), release };
}

interface PlacesProps {
  ptz: Ptz;
  camera: string;
  isOwner: boolean;
  move: Move;
  onChange: (presets: Preset[]) => void;
}

function Places({ ptz, camera, isOwner, move, onChange }: PlacesProps) {
  const { recorder } = useApp();
  const [name, setName] = useState("");
  const [busy, setBusy] = useState(false);
  const [failure, setFailure] = useState<string | null>(null);
  const [forgetting, setForgetting] = useState<Preset | null>(null);

  const save = async () => {
    setBusy(true);
    setFailure(null);
    try {
      const saved = await recorder.api.savePreset(camera, name.trim());
      onChange([...ptz.presets.filter(({ id }) => id !== saved.id), saved]);
      setName("");
    } catch (error) {
      setFailure(text.ptz.notSaved(told(error)));
    } finally {
      setBusy(false);
    }
  };
  const forget = async ({ id }: Preset) => {
    try {
      await recorder.api.removePreset(camera, id);
    } catch (error) {
      return text.ptz.notRemoved(told(error));
    }
    onChange(ptz.presets.filter((one) => one.id !== id));
    return null;
  };

  return (
    <div class="places">
      <h3>{text.ptz.places}</h3>
      {ptz.presets.length === 0 && !ptz.home && <p class="quiet">{text.ptz.noPlaces}</p>}
      <ul>
        {ptz.home && (
          <li>
            <button class="button" onClick={() => void move({ home: true })}>
              <Icon name="home" />
              {text.ptz.home}
            </button>
          </li>
        )}
        {ptz.presets.map((preset) => (
          <li key={preset.id} data-preset={preset.id}>
            <button class="button" onClick={() => void move({ preset: preset.id })}>
              {preset.name}
            </button>
            {isOwner && (
              <button class="button round" aria-label={text.ptz.remove(preset.name)} title={text.ptz.remove(preset.name)} onClick={() => setForgetting(preset)}>
                <Icon name="bin" />
              </button>
            )}
          </li>
        ))}
      </ul>
      {isOwner && (
        <form
          onSubmit={(event) => {
            event.preventDefault();
            void save();
          }}
        >
          <label class="field">
            {text.ptz.name}
            <input class="input" required maxLength={64} value={name} onInput={(event) => setName(event.currentTarget.value)} />
          </label>
          <button class="button" type="submit" disabled={busy || name.trim() === ""}>
            {text.ptz.save}
          </button>
        </form>
      )}
      <p class="bad" role="alert">
        {failure}
      </p>
      {forgetting && <Question question={text.ptz.removeQuestion(forgetting.name)} yes={text.ptz.remove(forgetting.name)} act={() => forget(forgetting)} onClose={() => setForgetting(null)} />}
    </div>
  );
}
