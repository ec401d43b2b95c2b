// Asks before something that cannot be taken back.
import { useRef, useState } from "preact/hooks";
import { text } from "../text";
import { Modal } from "./modal";

interface Props {
  question: string;
  /** The word on the button that does it. */
  yes: string;
  /** What does it; gives why it was not done, or `null`. The question is closed by `onClose` alone. */
  act: () => Promise<string | null>;
  onClose: () => void;
}

export function Question({ question, yes, act, onClose }: Props) {
  const [busy, setBusy] = useState(false);
  const [failure, setFailure] = useState<string | null>(null);
  const no = useRef<HTMLButtonElement>(null);
  const doIt = async () => {
    setBusy(true);
    const why = await act();
    setBusy(false);
    setFailure(why);
    if (why === null) onClose();
  };
  return (
    <Modal label={question} class="sheet question" onClose={onClose} first={no}>
      <h2>{question}</h2>
      <p class="bad" role="alert">
        {failure}
      </p>
      <div class="sheet-foot">
        <button ref={no} class="button" onClick={onClose}>
          {text.no}
        </button>
        <button class="button danger" disabled={busy} onClick={() => void doIt()}>
          {yes}
        </button>
      </div>
    </Modal>
  );
}
