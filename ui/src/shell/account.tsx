// Who is signed in, which colours the page has, and the way out.
import { useState } from "preact/hooks";
import { told } from "../recorder/api";
import { useApp } from "../recorder/context";
import { text } from "../text";
import { useWatched } from "../watchable";
import { Icon } from "./icons";
import { Modal } from "./modal";
import { type Theme, THEMES, chosenTheme, chooseTheme } from "./theme_choice";

export function Account({ onClose }: { onClose: () => void }) {
  const { recorder, router, notices } = useApp();
  const who = useWatched(recorder.who);
  const zone = useWatched(recorder.zone);
  const browser = zone.foreignBrowser(recorder.now());
  const [theme, setTheme] = useState<Theme>(chosenTheme);

  const signOut = async () => {
    try {
      await recorder.signOut();
      router.replace({ page: "login", next: "/" });
    } catch (error) {
      onClose();
      notices.bad(told(error));
    }
  };

  return (
    <Modal label={text.account.menu} class="sheet" onClose={onClose}>
      <div class="sheet-head">
        <h2>{text.account.menu}</h2>
        <button class="button round" aria-label={text.close} onClick={onClose}>
          <Icon name="close" />
        </button>
      </div>
      <fieldset class="choice">
        <legend>{text.account.theme}</legend>
        {THEMES.map((one) => (
          <label key={one}>
            <input
              type="radio"
              name="theme"
              value={one}
              checked={theme === one}
              onChange={() => {
                chooseTheme(one);
                setTheme(one);
              }}
            />
            <span>{text.account.themes[one]}</span>
          </label>
        ))}
      </fieldset>
      {browser && <p class="quiet">{text.time.foreign(zone.name, browser)}</p>}
      <div class="sheet-foot">
        <span>
          <span class="quiet">{text.account.signedIn}</span> <b>{who.kind === "user" ? who.session.name : ""}</b>
        </span>
        <button class="button" onClick={() => void signOut()}>
          {text.account.signOut}
        </button>
      </div>
    </Modal>
  );
}
