// How the recorder is: a chip on every page, and behind it what is wrong and what to do.
import { useState } from "preact/hooks";
import { size } from "../lengths";
import { useApp } from "../recorder/context";
import { text } from "../text";
import { useWatched } from "../watchable";
import { Icon } from "./icons";
import { later } from "./later";
import { Modal } from "./modal";

const DetectorSection = later(() => import("../seldom").then((part) => part.DetectorSection));

export function FaultsChip() {
  const { recorder } = useApp();
  const faults = useWatched(recorder.status)?.faults ?? [];
  const [open, setOpen] = useState(false);
  return (
    <>
      <button class="pill chip" data-warn={faults.length > 0 ? "" : undefined} data-faults={faults.length} aria-haspopup="dialog" onClick={() => setOpen(true)}>
        <Icon name={faults.length > 0 ? "warning" : "well"} />
        <b>{text.faults.chip(faults.length)}</b>
      </button>
      {open && <State onClose={() => setOpen(false)} />}
    </>
  );
}

function State({ onClose }: { onClose: () => void }) {
  const { recorder } = useApp();
  const status = useWatched(recorder.status);
  const zone = useWatched(recorder.zone);
  if (!status) return null;
  const { disk } = status;
  const share = (bytes: number) => `${disk.total > 0 ? (100 * bytes) / disk.total : 0}%`;
  const others = Math.max(0, disk.total - disk.free - disk.used_by_recordings);
  return (
    <Modal label={text.faults.title} class="sheet" onClose={onClose}>
      <div class="sheet-head">
        <h2>{text.faults.title}</h2>
        <button class="button round" aria-label={text.close} onClick={onClose}>
          <Icon name="close" />
        </button>
      </div>
      {status.faults.length === 0 ? (
        <p class="all-well">
          <Icon name="well" />
          {text.faults.none}
        </p>
      ) : (
        <ul class="faults">
          {status.faults.map(({ where, message, hint, since }) => (
            <li key={where + message} data-fault={where}>
              <b>{where}</b> <span class="quiet small">{text.faults.since(zone.moment(Date.parse(since), recorder.now()))}</span>
              <p>{message}</p>
              {hint && <p class="quiet">{hint}</p>}
            </li>
          ))}
        </ul>
      )}
      <h3>{text.faults.disk}</h3>
      <div class="meter" aria-hidden="true">
        <i class="recordings" style={{ width: share(disk.used_by_recordings) }} />
        <i class="others" style={{ width: share(others) }} />
      </div>
      <p class="quiet">
        {text.faults.free(size(disk.free), size(disk.total))} · {text.faults.used(size(disk.used_by_recordings))}
      </p>
      <dl class="facts">
        <dt>{text.faults.version}</dt>
        <dd>{status.version}</dd>
        <dt>{text.faults.zone}</dt>
        <dd>{zone.name}</dd>
      </dl>
      <DetectorSection />
    </Modal>
  );
}
