// The first run: the one-time link brings the code, the owner chooses a name and a password.
import { useEffect, useState } from "preact/hooks";
import { told } from "../recorder/api";
import { useApp } from "../recorder/context";
import { Logo } from "../shell/icons";
import { text } from "../text";
import { Password, ShowPassword } from "./password";

const SHORTEST = 10;

export function Setup() {
  const { recorder, router } = useApp();
  // The code stands behind the #, so that it reaches no server log and no proxy.
  const [given] = useState(() => new URLSearchParams(location.hash.slice(1)).get("token") ?? "");
  const [token, setToken] = useState(given);
  const [name, setName] = useState(text.setup.defaultName);
  const [password, setPassword] = useState("");
  const [again, setAgain] = useState("");
  const [shown, setShown] = useState(false);
  const [failure, setFailure] = useState<string | null>(null);
  const [busy, setBusy] = useState(false);
  const [needed, setNeeded] = useState(true);

  useEffect(() => {
    recorder.api.setupNeeded().then(
      (answer) => setNeeded(answer.needed),
      () => undefined, // Sending the form will tell what is wrong.
    );
  }, []);

  const submit = async (event: SubmitEvent) => {
    event.preventDefault();
    if ([...password].length < SHORTEST) return setFailure(text.setup.tooShort(SHORTEST - [...password].length));
    if (password !== again) return setFailure(text.setup.different);
    setBusy(true);
    setFailure(null);
    try {
      await recorder.setUp(token.trim(), name.trim(), password);
      router.replace({ page: "live" });
    } catch (error) {
      setFailure(told(error));
    } finally {
      setBusy(false);
    }
  };

  if (!needed) {
    return (
      <main class="door">
        <div class="door-card">
          <Logo />
          <h1>{text.setup.done}</h1>
          <a class="button primary large" href="/">
            {text.setup.toLogin}
          </a>
        </div>
      </main>
    );
  }
  return (
    <main class="door">
      <form class="door-card" noValidate onSubmit={(event) => void submit(event)}>
        <Logo />
        <h1>{text.setup.title}</h1>
        <p class="quiet">{text.setup.intro}</p>
        {given === "" && (
          <label class="field">
            {text.setup.token}
            <input class="input" name="token" autocomplete="one-time-code" autocapitalize="none" spellcheck={false} required value={token} onInput={(event) => setToken(event.currentTarget.value)} />
            <span class="quiet small">{text.setup.tokenHint}</span>
          </label>
        )}
        <label class="field">
          {text.login.name}
          <input class="input" name="username" autocomplete="username" autocapitalize="none" spellcheck={false} required value={name} onInput={(event) => setName(event.currentTarget.value)} />
        </label>
        <Password label={text.login.password} autocomplete="new-password" hint={text.setup.passwordHint} minLength={SHORTEST} shown={shown} value={password} onInput={setPassword} />
        <Password label={text.setup.again} autocomplete="new-password" minLength={SHORTEST} shown={shown} value={again} onInput={setAgain} />
        <ShowPassword shown={shown} onChange={setShown} />
        <div role="alert">{failure && <p class="bad">{failure}</p>}</div>
        <button class="button primary large" type="submit" disabled={busy}>
          {text.setup.submit}
        </button>
      </form>
    </main>
  );
}
