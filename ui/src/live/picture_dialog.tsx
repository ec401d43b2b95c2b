// How a camera takes its pictures, key by key: what it is, whether that differs from the file, and what it shall be.
import { useEffect, useId, useState } from "preact/hooks";
import { told } from "../recorder/api";
import { useApp } from "../recorder/context";
import type { PictureSettings } from "../recorder/wire";
import { Icon } from "../shell/icons";
import { Modal } from "../shell/modal";
import { text } from "../text";
import { changesOf, fieldOf, inOrder } from "./picture_keys";

type Message = { kind: "good" | "bad"; words: string };

export function PictureDialog({ camera, onClose }: { camera: string; onClose: () => void }) {
  const { recorder } = useApp();
  const [current, setTold] = useState<PictureSettings | null>(null);
  const [wished, setWished] = useState<Record<string, string>>({});
  const [message, setMessage] = useState<Message | null>(null);
  const [busy, setBusy] = useState(false);

  const ask = async (question: () => Promise<PictureSettings>, done: string | null, failed: (why: string) => string) => {
    setBusy(true);
    try {
      const answer = await question();
      setTold(answer);
      setWished(answer.settings);
      setMessage(done === null ? null : { kind: "good", words: done });
    } catch (error) {
      setMessage({ kind: "bad", words: failed(told(error)) });
    } finally {
      setBusy(false);
    }
  };
  useEffect(() => void ask(() => recorder.api.pictureSettings(camera), null, text.picture.failed), [camera]);

  const apply = () => {
    const changes = changesOf(current?.settings ?? {}, wished);
    if (Object.keys(changes).length === 0) setMessage({ kind: "good", words: text.picture.nothing });
    else void ask(() => recorder.api.changePicture(camera, changes), text.picture.applied, text.picture.refused);
  };
  const reset = () => void ask(() => recorder.api.resetPicture(camera), text.picture.restored, text.picture.refused);

  return (
    <Modal label={text.picture.title(camera)} class="sheet picture-settings" onClose={onClose}>
      <div class="sheet-head">
        <h2>{text.picture.title(camera)}</h2>
        <button class="button round" aria-label={text.close} onClick={onClose}>
          <Icon name="close" />
        </button>
      </div>
      <p class="quiet">{text.picture.intro}</p>
      {current === null && busy && <p class="quiet">{text.picture.loading}</p>}
      <form
        noValidate
        onSubmit={(event) => {
          event.preventDefault();
          apply();
        }}
      >
        {current && (
          <div class="keys-and-values">
            {inOrder(Object.keys(current.settings)).map((key) => (
              <Setting
                key={key}
                name={key}
                was={current.settings[key] ?? ""}
                value={wished[key] ?? ""}
                changed={current.changed.includes(key)}
                onInput={(value) => setWished((before) => ({ ...before, [key]: value }))}
              />
            ))}
          </div>
        )}
        <div class="sheet-foot stays">
          <p class={message?.kind === "bad" ? "bad" : "quiet"} role={message?.kind === "bad" ? "alert" : "status"}>
            {message?.words}
          </p>
          <button class="button" type="button" disabled={busy || !current || current.changed.length === 0} onClick={reset}>
            {text.picture.back}
          </button>
          <button class="button primary" type="submit" disabled={busy || !current}>
            {text.picture.apply}
          </button>
        </div>
      </form>
    </Modal>
  );
}

interface SettingProps {
  name: string;
  /** What it is now; decides how it is asked for. */
  was: string;
  value: string;
  /** Whether it differs from the file. */
  changed: boolean;
  onInput: (value: string) => void;
}

function Setting({ name, was, value, changed, onInput }: SettingProps) {
  const id = useId();
  const field = fieldOf(name, was);
  const hint = text.picture.hints[name];
  const about = `${id}-about`;
  const common = { id, class: "input", value, name, "aria-describedby": hint || changed ? about : undefined };
  const onChange = (event: { currentTarget: { value: string } }) => onInput(event.currentTarget.value);
  return (
    <div class="setting" data-setting={name} data-changed={changed ? "" : undefined}>
      <label for={id}>{text.picture.keys[name] ?? name}</label>
      {field.kind === "words" ? (
        <select {...common} onChange={onChange}>
          {field.words.map((word) => (
            <option key={word} value={word}>
              {text.picture.values[word] ?? word}
            </option>
          ))}
        </select>
      ) : field.kind === "number" ? (
        <input {...common} type="number" inputMode="decimal" min={field.min} max={field.max} step={field.step} onInput={onChange} />
      ) : (
        <>
          <input {...common} type="text" list={field.words.length > 0 ? `${id}-words` : undefined} autocomplete="off" spellcheck={false} onInput={onChange} />
          {field.words.length > 0 && (
            <datalist id={`${id}-words`}>
              {field.words.map((word) => (
                <option key={word} value={word} />
              ))}
            </datalist>
          )}
        </>
      )}
      {(hint || changed) && (
        <span id={about} class="quiet small">
          {changed && <b class="not-file">{text.picture.changed}</b>}
          {changed && hint && " · "}
          {hint}
        </span>
      )}
    </div>
  );
}
