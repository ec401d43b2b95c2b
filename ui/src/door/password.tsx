// A password field that can show what was typed.
import type { RefObject } from "preact";
import { useId, useState } from "preact/hooks";
import { text } from "../text";

interface Props {
  label: string;
  autocomplete: "current-password" | "new-password";
  value: string;
  onInput: (value: string) => void;
  hint?: string;
  field?: RefObject<HTMLInputElement | null>;
  minLength?: number;
  /** Given where two fields are shown and hidden together. */
  shown?: boolean;
}

export function Password({ label, hint, field, value, onInput, autocomplete, minLength, shown }: Props) {
  const id = useId();
  const [ownShown, setOwnShown] = useState(false);
  const visible = shown ?? ownShown;
  return (
    <>
      <div class="field">
        <label for={id}>{label}</label>
        <input
          id={id}
          ref={field}
          class="input"
          // Preact types each kind of input on its own; a field that changes its kind is told as one of them.
          type={(visible ? "text" : "password") as "password"}
          name={id}
          autocomplete={autocomplete}
          autocapitalize="none"
          spellcheck={false}
          required
          minLength={minLength}
          aria-describedby={hint ? `${id}-hint` : undefined}
          value={value}
          onInput={(event) => onInput(event.currentTarget.value)}
        />
        {hint && (
          <span id={`${id}-hint`} class="quiet small">
            {hint}
          </span>
        )}
      </div>
      {shown === undefined && <ShowPassword shown={ownShown} onChange={setOwnShown} />}
    </>
  );
}

export function ShowPassword({ shown, onChange }: { shown: boolean; onChange: (shown: boolean) => void }) {
  return (
    <label class="check">
      <input type="checkbox" checked={shown} onChange={(event) => onChange(event.currentTarget.checked)} />
      {text.login.show}
    </label>
  );
}
