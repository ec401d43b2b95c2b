// One photo, large, with what can be done with it.
import { useState } from "preact/hooks";
import { size } from "../lengths";
import { address, told } from "../recorder/api";
import { useApp, useIsOwner } from "../recorder/context";
import type { Photo } from "../recorder/wire";
import { addressOf } from "../router";
import { Icon } from "../shell/icons";
import { Modal } from "../shell/modal";
import { NoticesView } from "../shell/notices_view";
import { Question } from "../shell/question";
import { download } from "../shell/saving";
import { text } from "../text";
import { useWatched } from "../watchable";
import { photoName } from "./words";

interface Props {
  id: number;
  /** Those one can leaf through, newest first. */
  photos: readonly Photo[];
  onShow: (id: number) => void;
  onClose: () => void;
  /** Whether to lead to the event it was taken of. */
  linksEvent: boolean;
}

export function PhotoViewer({ id, photos, onShow, onClose, linksEvent }: Props) {
  const { recorder, notices } = useApp();
  const zone = useWatched(recorder.zone);
  const isOwner = useIsOwner();
  const [missing, setMissing] = useState<number | null>(null);
  const [asking, setAsking] = useState(false);
  const at = photos.findIndex((photo) => photo.id === id);
  const photo = photos[at];
  const newer = photos[at - 1];
  const older = at < 0 ? undefined : photos[at + 1];
  const gone = missing === id;

  const remove = async () => {
    try {
      await recorder.removePhoto(id);
    } catch (error) {
      return text.photos.notRemoved(told(error));
    }
    notices.say(text.photos.removed);
    const next = older ?? newer;
    if (next) onShow(next.id);
    else onClose();
    return null;
  };

  const keys: Record<string, () => void> = {
    ArrowLeft: () => newer && onShow(newer.id),
    ArrowRight: () => older && onShow(older.id),
    d: () => download(address.photoDownload(id)),
    Delete: () => isOwner && !gone && setAsking(true),
  };
  const onKeyDown = (key: KeyboardEvent) => {
    const act = key.ctrlKey || key.metaKey || key.altKey ? undefined : keys[key.key.length === 1 ? key.key.toLowerCase() : key.key];
    if (!act) return;
    key.preventDefault();
    act();
  };

  const label = photo ? photoName(photo, zone, recorder.now()) : text.photos.title;
  return (
    <Modal label={label} class="photo-viewer" onClose={onClose} onKeyDown={onKeyDown}>
      <div class="sheet-head">
        <h2>{label}</h2>
        <button class="button round" aria-label={text.close} onClick={onClose}>
          <Icon name="close" />
        </button>
      </div>
      <div class="photo-stage">
        {gone ? <p class="clip-message">{text.photos.notFound}</p> : <img key={id} src={address.photo(id)} alt={label} onError={() => setMissing(id)} />}
      </div>
      <div class="photo-foot">
        <button class="button round" aria-label={text.photos.newer} title={text.photos.newer} disabled={!newer} onClick={keys["ArrowLeft"]}>
          <Icon name="back" />
        </button>
        <button class="button round" aria-label={text.photos.older} title={text.photos.older} disabled={!older} onClick={keys["ArrowRight"]}>
          <Icon name="right" />
        </button>
        {photo && <span class="quiet small">{text.photos.facts(photo.width, photo.height, size(photo.bytes))}</span>}
        <span class="spring" />
        {linksEvent && photo?.event && (
          <a class="button" href={addressOf({ page: "event", id: photo.event, filter: "" })}>
            <Icon name="events" />
            {text.photos.ofEvent}
          </a>
        )}
        {!gone && (
          <a class="button" href={address.photoDownload(id)} download="">
            <Icon name="download" />
            {text.photos.download}
          </a>
        )}
        {isOwner && !gone && (
          <button class="button danger" onClick={() => setAsking(true)}>
            <Icon name="bin" />
            {text.photos.remove}
          </button>
        )}
      </div>
      {asking && <Question question={text.photos.removeQuestion} yes={text.photos.remove} act={remove} onClose={() => setAsking(false)} />}
      <NoticesView />
    </Modal>
  );
}
