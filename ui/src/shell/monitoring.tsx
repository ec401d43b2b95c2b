// Monitoring on or off: the state, since when, and by whom.
import { useState } from "preact/hooks";
import { told } from "../recorder/api";
import { useApp, useMayChange, useNow } from "../recorder/context";
import { text } from "../text";
import { useWatched } from "../watchable";

export function MonitoringSwitch() {
  const { recorder, notices } = useApp();
  const status = useWatched(recorder.status);
  const zone = useWatched(recorder.zone);
  const now = useNow(30_000);
  const mayChange = useMayChange();
  const [busy, setBusy] = useState(false);
  if (!status) return null;

  const toggle = async () => {
    if (busy) return;
    setBusy(true);
    const on = !status.monitoring;
    try {
      await recorder.setMonitoring(on);
    } catch (error) {
      notices.bad(text.monitoring.failed(on, told(error)));
    } finally {
      setBusy(false);
    }
  };

  const since = text.monitoring.since(status.monitoring, zone.moment(Date.parse(status.since), now), status.by);
  if (!mayChange) {
    return (
      <div class="monitoring">
        <span class="quiet small">{text.monitoring.state(since)}</span>
      </div>
    );
  }
  return (
    <div class="monitoring">
      <button class="switch" role="switch" aria-checked={status.monitoring} aria-busy={busy} aria-describedby="monitoring-since" onClick={() => void toggle()}>
        <span class="track" aria-hidden="true">
          <i />
        </span>
        <span class="words">{text.monitoring.name}</span>
      </button>
      <span id="monitoring-since" class="quiet small">
        {since}
      </span>
    </div>
  );
}
