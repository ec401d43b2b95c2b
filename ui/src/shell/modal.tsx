// A modal dialog: focus goes in, stays in, and returns to where it was.
import type { ComponentChildren, RefObject } from "preact";
import { useEffect, useRef } from "preact/hooks";

interface Props {
  label: string;
  class: string;
  onClose: () => void;
  onKeyDown?: (event: KeyboardEvent) => void;
  /** What gets the focus at first; the dialog itself otherwise. */
  first?: RefObject<HTMLElement | null>;
  children: ComponentChildren;
}

const FOCUSABLE = "a[href], button:not(:disabled), input:not(:disabled), select, textarea, [tabindex]:not([tabindex='-1'])";

export function Modal({ label, onClose, onKeyDown, first, children, ...rest }: Props) {
  const dialog = useRef<HTMLDialogElement>(null);

  useEffect(() => {
    const element = dialog.current;
    const before = document.activeElement;
    element?.showModal();
    (first?.current ?? element)?.focus();
    return () => {
      element?.close();
      if (before instanceof HTMLElement && before.isConnected) before.focus();
    };
  }, []);

  const keepIn = (event: KeyboardEvent) => {
    event.stopPropagation(); // A dialog over a dialog has the keys for itself.
    if (event.key === "Tab" && dialog.current) wrapFocus(dialog.current, event);
    else onKeyDown?.(event);
  };

  return (
    <dialog
      ref={dialog}
      class={`modal ${rest.class}`}
      aria-label={label}
      tabIndex={-1}
      onKeyDown={keepIn}
      onCancel={(event) => {
        event.preventDefault();
        onClose();
      }}
      onClick={(event) => {
        if (event.target === dialog.current) onClose(); // The backdrop.
      }}
    >
      {children}
    </dialog>
  );
}

/** The browser would let the focus leave for its own buttons; a dialog keeps it. */
function wrapFocus(dialog: HTMLElement, event: KeyboardEvent): void {
  const all = [...dialog.querySelectorAll<HTMLElement>(FOCUSABLE)].filter((element) => element.offsetParent !== null);
  const first = all[0];
  const last = all.at(-1);
  const active = document.activeElement;
  if (!first || !last) return;
  if (event.shiftKey && (active === first || active === dialog)) {
    event.preventDefault();
    last.focus();
  } else if (!event.shiftKey && active === last) {
    event.preventDefault();
    first.focus();
  }
}
