// What counts as motion on one camera: where, how much, how large; and what that would have made of the last day.
import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import { Refused, told } from "../recorder/api";
import { useApp, useIsOwner, useMayChange } from "../recorder/context";
import type { Camera, Motion, MotionSettings } from "../recorder/wire";
import { addressOf } from "../router";
import { Icon, type IconName } from "../shell/icons";
import { Question } from "../shell/question";
import { text } from "../text";
import { useWatched } from "../watchable";
import { type Draft, type ShapeKind, type ShapeRef, cornersOf, equal, faultsOf, refusedFields, tidy } from "./draft";
import { type History, begun, done, redone, undone } from "./history";
import { MeterPanel, MovingBoxes, useMoving } from "./meter";
import { Figures, PeoplePanel } from "./people";
import { ReplayPanel } from "./replay";
import { ShapeList } from "./shapes";
import { type Editing, Stage, finish } from "./stage";
import { TuningPanel } from "./tuning";
import { faultWords } from "./words";

export function MotionPage({ name }: { name: string }) {
  const { recorder, router } = useApp();
  const camera = useWatched(recorder.status)?.cameras.find((one) => one.name === name);
  const { motion, failure, put } = useMotion(name);
  return (
    <div class="motion">
      <div class="page-head">
        <a
          class="button"
          href={addressOf({ page: "camera", name })}
          onClick={(event) => {
            event.preventDefault();
            router.back({ page: "camera", name });
          }}
        >
          <Icon name="back" />
          {name}
        </a>
        <h1>{text.motion.title(name)}</h1>
      </div>
      {!camera ? (
        <p class="empty">{text.live.unknown(name)}</p>
      ) : motion ? (
        <Editor camera={camera} motion={motion} put={put} />
      ) : (
        <p class={failure === null ? "quiet" : "bad"} role={failure === null ? "status" : "alert"}>
          {failure === null ? text.motion.loading : text.motion.failed(failure)}
        </p>
      )}
    </div>
  );
}

function useMotion(camera: string): { motion: Motion | null; failure: string | null; put: (motion: Motion) => void } {
  const { recorder } = useApp();
  const [motion, setMotion] = useState<Motion | null>(null);
  const [failure, setFailure] = useState<string | null>(null);
  useEffect(() => {
    let current = true;
    const load = () => {
      recorder.api.motion(camera).then(
        (answer) => current && setMotion((known) => (known && equal(known, answer) ? known : answer)),
        (error: unknown) => current && setFailure(told(error)),
      );
    };
    load();
    const stop = recorder.onCaughtUp(load);
    return () => {
      current = false;
      stop();
    };
  }, [camera]);
  return { motion, failure, put: setMotion };
}

type Message = { kind: "good" | "bad"; words: string };

function Editor({ camera, motion, put }: { camera: Camera; motion: Motion; put: (motion: Motion) => void }) {
  const { recorder, router } = useApp();
  const isOwner = useIsOwner();
  const mayReplay = useMayChange();
  const [history, setHistory] = useState<History<Draft>>(() => begun({ settings: motion.settings, drawing: null }));
  const [selected, select] = useState<ShapeRef | null>(null);
  const [said, say] = useState("");
  const [message, setMessage] = useState<Message | null>(null);
  const [refused, setRefused] = useState<ReadonlyMap<string, string>>(new Map());
  const [busy, setBusy] = useState(false);
  const [leaving, setLeaving] = useState<(() => void) | null>(null);
  const [resetting, setResetting] = useState(false);
  const moving = useMoving(camera.name);
  const draft = history.present;
  const { settings, drawing } = draft;
  const dirty = drawing !== null || !equal(tidy(settings), motion.settings);
  const faults = useMemo(() => new Map(faultsOf(settings).map((fault) => [fault.field, faultWords(fault)])), [settings]);
  const shown = useMemo(() => new Map([...refused, ...faults]), [refused, faults]);

  // What was saved elsewhere takes the place of what nobody has changed here.
  const saved = useRef(motion.settings);
  useEffect(() => {
    if (equal(saved.current, motion.settings)) return;
    if (equal(tidy(settings), saved.current)) setHistory(begun({ settings: motion.settings, drawing: null }));
    saved.current = motion.settings;
  }, [motion]);

  useEffect(() => {
    if (!dirty) return undefined;
    const release = router.hold((go) => setLeaving(() => go));
    const warn = (event: BeforeUnloadEvent) => event.preventDefault();
    window.addEventListener("beforeunload", warn);
    return () => {
      release();
      window.removeEventListener("beforeunload", warn);
    };
  }, [dirty]);

  const change = (next: Draft, gesture: string | null = null) => {
    setRefused(new Map());
    setMessage(null);
    setHistory((before) => done(before, next, gesture));
  };
  const changeSettings = (next: MotionSettings, gesture: string | null = null) => change({ ...draft, settings: next }, gesture);
  const editing: Editing = { draft, selected: within(settings, selected), mayEdit: isOwner, change, select, say };
  const begin = (kind: ShapeKind) => {
    select(null);
    change({ settings, drawing: { kind, corners: [] } });
    say("");
  };
  const cancel = () => change({ settings, drawing: null });
  const step = (go: typeof undone<Draft>) => {
    setMessage(null);
    setHistory(go);
    say("");
  };

  const ask = async (question: () => Promise<Motion>, words: string) => {
    setBusy(true);
    try {
      const answer = await question();
      saved.current = answer.settings;
      put(answer);
      setHistory(begun({ settings: answer.settings, drawing: null }));
      setRefused(new Map());
      setMessage({ kind: "good", words });
      return null;
    } catch (error) {
      if (error instanceof Refused) setRefused(mustWords(refusedFields(error.hint ?? "")));
      setMessage({ kind: "bad", words: text.motion.refused(told(error)) });
      return told(error);
    } finally {
      setBusy(false);
    }
  };
  const save = () => {
    if (drawing) setMessage({ kind: "bad", words: text.motion.unfinished });
    else if (faults.size > 0) setMessage({ kind: "bad", words: text.motion.mend });
    else void ask(() => recorder.api.changeMotion(camera.name, tidy(settings)), text.motion.saved);
  };

  useKeys((event) => {
    if (!isOwner) return false;
    const key = event.key.toLowerCase();
    if ((event.ctrlKey || event.metaKey) && key === "z") step(event.shiftKey ? redone : undone);
    else if ((event.ctrlKey || event.metaKey) && key === "y") step(redone);
    else if (key === "escape" && drawing) cancel();
    else if (key === "escape" && selected) select(null);
    else return false;
    return true;
  });

  return (
    <div class="motion-columns">
      <div class="motion-main">
        {isOwner && <Tools history={history} onBegin={begin} onFinish={() => drawing && finish(editing, drawing)} onCancel={cancel} onStep={step} />}
        <Stage camera={camera} {...editing}>
          {(placeAt) => (
            <>
              <MovingBoxes moving={moving} />
              {settings.person && !drawing && !editing.selected && <Figures person={settings.person} placeAt={placeAt} settings={settings} mayEdit={isOwner} change={changeSettings} />}
            </>
          )}
        </Stage>
        <div class="motion-words small">
          <p role="status">{said}</p>
          <p class="quiet">{isOwner ? (drawing ? text.motion.drawHint(drawing.kind === "zone") : text.motion.pickHint) : text.motion.readOnly}</p>
          {isOwner && <p class="quiet keys-only">{text.motion.keysHint}</p>}
        </div>
        <ShapeList settings={settings} selected={editing.selected} mayEdit={isOwner} faults={shown} change={changeSettings} select={(shape) => !drawing && select(shape)} />
      </div>
      <div class="motion-side">
        <TuningPanel settings={settings} mayEdit={isOwner} faults={shown} change={changeSettings} />
        {mayReplay && <ReplayPanel camera={camera.name} settings={settings} sound={faults.size === 0} />}
        <MeterPanel moving={moving} />
        <PeoplePanel settings={settings} mayEdit={isOwner} faults={shown} change={changeSettings} />
        {isOwner && (
          <div class="motion-save" data-stays={(dirty && !drawing) || message ? "" : undefined}>
            <p class={message?.kind === "bad" ? "bad" : "quiet small"} role={message?.kind === "bad" ? "alert" : "status"}>
              {message?.words ?? (dirty ? text.motion.unsaved : motion.changed.length > 0 ? text.motion.changed : "")}
            </p>
            <button class="button primary" disabled={busy || !dirty} onClick={save}>
              {text.motion.save}
            </button>
            <button
              class="button"
              disabled={busy || !dirty}
              onClick={() => {
                select(null);
                change({ settings: motion.settings, drawing: null });
              }}
            >
              {text.motion.discard}
            </button>
            <button class="button" disabled={busy || motion.changed.length === 0} onClick={() => setResetting(true)}>
              {text.motion.reset}
            </button>
          </div>
        )}
      </div>
      {leaving && (
        <Question
          question={text.motion.leave}
          yes={text.motion.leaveYes}
          act={async () => {
            leaving();
            return null;
          }}
          onClose={() => setLeaving(null)}
        />
      )}
      {resetting && <Question question={text.motion.resetQuestion} yes={text.motion.reset} act={() => ask(() => recorder.api.resetMotion(camera.name), text.motion.restored)} onClose={() => setResetting(false)} />}
    </div>
  );
}

interface ToolsProps {
  history: History<Draft>;
  onBegin: (kind: ShapeKind) => void;
  onFinish: () => void;
  onCancel: () => void;
  onStep: (go: typeof undone<Draft>) => void;
}

function Tools({ history, onBegin, onFinish, onCancel, onStep }: ToolsProps) {
  const { drawing } = history.present;
  return (
    <div class="motion-tools" role="group" aria-label={text.motion.tools}>
      {drawing ? (
        <>
          <Tool icon="tick" word={text.motion.finish} primary onClick={onFinish} />
          <Tool icon="close" word={text.motion.stop} onClick={onCancel} />
        </>
      ) : (
        <>
          <Tool icon="plus" word={text.motion.zone} label={text.motion.addZone} primary onClick={() => onBegin("zone")} />
          <Tool icon="plus" word={text.motion.mask} label={text.motion.addMask} onClick={() => onBegin("mask")} />
        </>
      )}
      <Tool icon="undo" word={text.motion.undo} disabled={history.past.length === 0} onClick={() => onStep(undone)} />
      <Tool icon="redo" word={text.motion.redo} disabled={history.future.length === 0} onClick={() => onStep(redone)} />
    </div>
  );
}

interface ToolProps {
  icon: IconName;
  word: string;
  /** Where the word alone says too little. */
  label?: string;
  primary?: boolean;
  disabled?: boolean;
  onClick: () => void;
}

function Tool({ icon, word, label, primary, disabled, onClick }: ToolProps) {
  return (
    <button class={primary ? "button primary" : "button"} aria-label={label} disabled={disabled} onClick={onClick}>
      <Icon name={icon} />
      {word}
    </button>
  );
}

/** A shape that an undo took away is chosen no more. */
function within(settings: MotionSettings, shape: ShapeRef | null): ShapeRef | null {
  return shape && cornersOf(settings, shape).length > 0 ? shape : null;
}

function mustWords(fields: ReadonlyMap<string, string>): Map<string, string> {
  return new Map([...fields].map(([field, what]) => [field, text.motion.must(what)]));
}

/** Keys for the whole page, but not those of a field of text or of a dialog; `act` says whether it took the key. */
function useKeys(act: (event: KeyboardEvent) => boolean): void {
  const newest = useRef(act);
  newest.current = act;
  useEffect(() => {
    const listen = (event: KeyboardEvent) => {
      const target = event.target instanceof HTMLElement ? event.target : null;
      if (event.defaultPrevented || target?.closest("dialog") || target?.matches("input[type=text]")) return;
      if (newest.current(event)) event.preventDefault();
    };
    window.addEventListener("keydown", listen);
    return () => window.removeEventListener("keydown", listen);
  }, []);
}
