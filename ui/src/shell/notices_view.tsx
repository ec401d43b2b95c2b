// Shows the notices and speaks the sentences. While a modal dialog is open everything outside it is out of
// reach, so the dialog shows this instead of the shell.
import { useApp, useNow } from "../recorder/context";
import { text } from "../text";
import { useWatched } from "../watchable";
import { Icon } from "./icons";

export function NoticesView() {
  const { recorder, notices, deleting } = useApp();
  const there = useWatched(recorder.there);
  const toasts = useWatched(notices.toasts);
  const deletions = useWatched(notices.deletions);
  const spoken = useWatched(notices.spoken);
  return (
    <>
      <div class="hidden" role="status" aria-live="polite" data-testid="announcer">
        {spoken}
      </div>
      {!there && (
        <div class="banner" role="alert">
          <Icon name="warning" />
          {text.connection.gone}
        </div>
      )}
      <div class="toasts">
        {toasts.map((toast) => (
          <div key={toast.key} class="toast" data-bad={toast.bad ? "" : undefined} role={toast.bad ? "alert" : "status"}>
            <span>{toast.text}</span>
            {toast.link && <input class="input" readonly value={toast.link} aria-label={toast.text} onFocus={(event) => event.currentTarget.select()} />}
            <button class="button round" aria-label={text.close} onClick={() => notices.close(toast.key)}>
              <Icon name="close" />
            </button>
          </div>
        ))}
        {deletions.map(({ key, ids, until }) => (
          <div key={`undo-${key}`} class="toast" role="group" aria-label={text.events.removed(ids.length)}>
            <span>
              {text.events.removed(ids.length)} <Countdown until={until} />
            </span>
            <button class="button primary" onClick={() => void deleting.undo(key)}>
              {text.events.undo}
            </button>
          </div>
        ))}
      </div>
    </>
  );
}

function Countdown({ until }: { until: number }) {
  useNow(500);
  return (
    <span class="quiet" aria-hidden="true">
      {Math.max(0, Math.ceil((until - Date.now()) / 1000))} s
    </span>
  );
}
