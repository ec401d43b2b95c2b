// A button with a small panel below it; on a phone the panel lies at the bottom of the screen.
import type { ComponentChildren } from "preact";
import { useEffect, useId, useLayoutEffect, useRef, useState } from "preact/hooks";

/** Between a panel and the edge of the screen, in pixels. */
const MARGIN = 8;

interface Props {
  label: string;
  button: ComponentChildren;
  active: boolean;
  children: (close: () => void) => ComponentChildren;
}

export function Popover({ label, button, active, children }: Props) {
  const id = useId();
  const box = useRef<HTMLDivElement>(null);
  const opener = useRef<HTMLButtonElement>(null);
  const [open, setOpen] = useState(false);
  const close = () => {
    setOpen(false);
    opener.current?.focus();
  };

  useEffect(() => {
    if (!open) return undefined;
    box.current?.querySelector<HTMLElement>("[role=dialog] input, [role=dialog] button")?.focus();
    const outside = (event: Event) => {
      if (event.target instanceof Node && !box.current?.contains(event.target)) setOpen(false);
    };
    document.addEventListener("pointerdown", outside);
    document.addEventListener("focusin", outside);
    return () => {
      document.removeEventListener("pointerdown", outside);
      document.removeEventListener("focusin", outside);
    };
  }, [open]);

  // Wherever its button stands, the panel stays on the screen.
  useLayoutEffect(() => {
    if (!open) return undefined;
    const place = () => {
      const panel = box.current?.querySelector<HTMLElement>(".panel");
      if (!panel) return;
      panel.style.translate = "";
      const over = panel.getBoundingClientRect().right - (document.documentElement.clientWidth - MARGIN);
      if (over > 0) panel.style.translate = `${-over}px`;
    };
    place();
    window.addEventListener("resize", place);
    return () => window.removeEventListener("resize", place);
  });

  return (
    <div
      ref={box}
      class="popover"
      onKeyDown={(event) => {
        if (event.key !== "Escape" || !open) return;
        event.stopPropagation();
        close();
      }}
    >
      <button ref={opener} class="filter" data-active={active ? "" : undefined} aria-haspopup="dialog" aria-expanded={open} aria-controls={open ? id : undefined} onClick={() => setOpen(!open)}>
        {button}
        <span class="chevron" aria-hidden="true" />
      </button>
      {open && (
        <div id={id} class="panel" role="dialog" aria-label={label}>
          {children(close)}
        </div>
      )}
    </div>
  );
}
