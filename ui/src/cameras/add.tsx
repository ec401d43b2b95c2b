// Adding a camera: what was found, what it can send, and what to write into the configuration file.
import { useState } from "preact/hooks";
import { told } from "../recorder/api";
import { useApp, useIsOwner } from "../recorder/context";
import type { FoundCamera, FoundStreams } from "../recorder/wire";
import { Icon } from "../shell/icons";
import { copyText } from "../shell/saving";
import { text } from "../text";
import { useWatched } from "../watchable";
import { tableFor } from "./table";

type Search = { kind: "before" } | { kind: "looking" } | { kind: "failed"; why: string } | { kind: "found"; cameras: readonly FoundCamera[] };

export function AddCamera() {
  const { recorder } = useApp();
  const isOwner = useIsOwner();
  const [search, setSearch] = useState<Search>({ kind: "before" });
  const look = async () => {
    setSearch({ kind: "looking" });
    try {
      setSearch({ kind: "found", cameras: (await recorder.api.discover()).cameras });
    } catch (error) {
      setSearch({ kind: "failed", why: told(error) });
    }
  };
  return (
    <div class="add-camera">
      <div class="page-head">
        <h1>{text.add.title}</h1>
      </div>
      {isOwner ? (
        <>
          <p class="quiet">{text.add.intro}</p>
          <button class="button primary" disabled={search.kind === "looking"} onClick={() => void look()}>
            <Icon name="search" />
            {search.kind === "found" || search.kind === "failed" ? text.add.again : text.add.look}
          </button>
          <p class={search.kind === "failed" ? "bad" : "quiet"} role="status">
            {statusOf(search)}
          </p>
          {search.kind === "found" && (
            <ul class="found">
              {search.cameras.map((camera) => (
                <li key={camera.kind + camera.address} data-found={camera.address}>
                  <Found camera={camera} />
                </li>
              ))}
            </ul>
          )}
        </>
      ) : (
        <p class="empty">{text.add.ownersOnly}</p>
      )}
    </div>
  );
}

function statusOf(search: Search): string {
  switch (search.kind) {
    case "before":
      return "";
    case "looking":
      return text.add.looking;
    case "failed":
      return text.add.failed(search.why);
    case "found":
      return search.cameras.length === 0 ? text.add.none : text.add.found(search.cameras.length);
  }
}

function Found({ camera }: { camera: FoundCamera }) {
  const { recorder } = useApp();
  const taken = useWatched(recorder.status)?.cameras.map(({ name }) => name) ?? [];
  const [open, setOpen] = useState(false);
  return (
    <>
      <h2>{camera.name}</h2>
      <p class="quiet small">
        {text.add.kinds[camera.kind] ?? camera.kind} · {camera.address}
      </p>
      {camera.details.length > 0 && (
        <ul class="details quiet small">
          {camera.details.map((line) => (
            <li key={line}>{line}</li>
          ))}
        </ul>
      )}
      {!open && (
        <button class="button" onClick={() => setOpen(true)}>
          {text.add.take}
        </button>
      )}
      {open && (camera.source === null ? <Streams camera={camera} /> : <Settings words={tableFor(camera, taken)} />)}
    </>
  );
}

/** A camera of the network lists its streams only to its users. */
function Streams({ camera }: { camera: FoundCamera }) {
  const { recorder } = useApp();
  const [user, setUser] = useState("");
  const [password, setPassword] = useState("");
  const [busy, setBusy] = useState(false);
  const [failure, setFailure] = useState<string | null>(null);
  const [found, setFound] = useState<FoundStreams | null>(null);
  const ask = async () => {
    setBusy(true);
    setFailure(null);
    setFound(null);
    try {
      setFound(await recorder.api.streamsOf(camera.address, user, password));
    } catch (error) {
      setFailure(text.add.streamsFailed(told(error)));
    } finally {
      setBusy(false);
    }
  };
  return (
    <>
      <form
        class="found-form"
        onSubmit={(event) => {
          event.preventDefault();
          void ask();
        }}
      >
        {/* One who sees this page is no user of the camera: nothing is to be filled in or kept. */}
        <label class="field">
          {text.add.user}
          <input class="input" autocomplete="off" autocapitalize="off" spellcheck={false} value={user} onInput={(event) => setUser(event.currentTarget.value)} />
        </label>
        <label class="field">
          {text.add.password}
          <input class="input" type="password" autocomplete="new-password" value={password} onInput={(event) => setPassword(event.currentTarget.value)} />
        </label>
        <p class="quiet small">{text.add.passwordHint}</p>
        <button class="button primary" type="submit" disabled={busy}>
          {text.add.showStreams}
        </button>
      </form>
      <p class={failure === null ? "quiet" : "bad"} role="status">
        {busy ? text.add.asking : failure}
      </p>
      {found && (
        <>
          <h3>{text.add.streams}</h3>
          <ul class="streams">
            {found.streams.map(({ name, codec, width, height, fps, url }) => (
              <li key={name + url}>
                <b>{name}</b>{" "}
                <span class="quiet">
                  {text.add.stream(codec, width === null || height === null ? null : text.live.size(width, height), fps === null ? null : text.live.rate(String(Math.round(fps * 10) / 10)))}
                </span>
              </li>
            ))}
          </ul>
          {found.settings === "" ? <p>{text.add.noSettings}</p> : <Settings words={found.settings} />}
        </>
      )}
    </>
  );
}

/** Text for the file, and what to do with it. */
function Settings({ words }: { words: string }) {
  const { notices } = useApp();
  const copy = async () => {
    if (await copyText(words)) notices.good(text.add.copied);
    else notices.bad(text.add.byHand);
  };
  return (
    <div class="settings">
      <h3>{text.add.settings}</h3>
      <p class="quiet">{text.add.what}</p>
      <pre tabIndex={0} aria-label={text.add.settings}>
        {words}
      </pre>
      <button class="button" onClick={() => void copy()}>
        <Icon name="copy" />
        {text.add.copy}
      </button>
    </div>
  );
}
