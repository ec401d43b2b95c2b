// Signing in, with what the recorder says about wrong passwords.
import { useEffect, useRef, useState } from "preact/hooks";
import { Refused, told } from "../recorder/api";
import { useApp } from "../recorder/context";
import { text } from "../text";
import { Logo } from "../shell/icons";
import { Password } from "./password";

/** `lost`: there was a session a moment ago. */
export function Login({ lost }: { lost: boolean }) {
  const { recorder } = useApp();
  const [name, setName] = useState(text.setup.defaultName);
  const [password, setPassword] = useState("");
  const [failure, setFailure] = useState<string | null>(null);
  const [busy, setBusy] = useState(false);
  const [setupNeeded, setSetupNeeded] = useState(false);
  const throttle = useCountdown();
  const field = useRef<HTMLInputElement>(null);

  useEffect(() => {
    field.current?.focus();
    recorder.api.setupNeeded().then(
      ({ needed }) => setSetupNeeded(needed),
      () => undefined, // Signing in will tell what is wrong.
    );
  }, []);

  const submit = async (event: SubmitEvent) => {
    event.preventDefault();
    setBusy(true);
    setFailure(null);
    try {
      await recorder.signIn(name, password);
    } catch (error) {
      setPassword("");
      field.current?.focus();
      if (error instanceof Refused && error.status === 429) throttle.begin(error.retryAfter ?? 60);
      else setFailure(failureOf(error));
    } finally {
      setBusy(false);
    }
  };

  return (
    <main class="door">
      <form class="door-card" onSubmit={(event) => void submit(event)}>
        <Logo />
        <h1>{text.login.title}</h1>
        {setupNeeded && <p class="note">{text.login.setupNeeded}</p>}
        {lost && !failure && <p class="note">{text.login.lost}</p>}
        <label class="field">
          {text.login.name}
          <input class="input" name="username" autocomplete="username" autocapitalize="none" spellcheck={false} required value={name} onInput={(event) => setName(event.currentTarget.value)} />
        </label>
        <Password label={text.login.password} autocomplete="current-password" value={password} onInput={setPassword} field={field} />
        <div role="alert">
          {failure && <p class="bad">{failure}</p>}
          {throttle.left > 0 && <p class="bad">{text.login.wait(throttle.total)}</p>}
        </div>
        <button class="button primary large" type="submit" disabled={busy || throttle.left > 0}>
          {throttle.left > 0 ? text.login.waitButton(throttle.left) : text.login.submit}
        </button>
      </form>
    </main>
  );
}

function failureOf(error: unknown): string {
  if (error instanceof Refused && error.triesLeft !== null) return `${error.message} ${text.login.triesLeft(error.triesLeft)}`;
  return told(error);
}

/** Seconds left until one may try again; `total` is what it began with. */
function useCountdown() {
  const [until, setUntil] = useState(0);
  const [total, setTotal] = useState(0);
  const [now, setNow] = useState(() => Date.now());
  useEffect(() => {
    if (until <= Date.now()) return undefined;
    const timer = window.setInterval(() => {
      setNow(Date.now());
      if (Date.now() >= until) clearInterval(timer);
    }, 250);
    return () => clearInterval(timer);
  }, [until]);
  return {
    left: Math.max(0, Math.ceil((until - now) / 1000)),
    total,
    begin(seconds: number) {
      setTotal(seconds);
      setNow(Date.now());
      setUntil(Date.now() + seconds * 1000);
    },
  };
}
