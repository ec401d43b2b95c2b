// Where a page with a list is scrolled to: remembered by the list, which also learns whether its top is seen.
import { useLayoutEffect } from "preact/hooks";

/** New ones are shown at once only to somebody who looks at the very top. */
const AT_TOP_PX = 40;

export function isAtTop(): boolean {
  return window.scrollY < AT_TOP_PX;
}

export function useScrollOf(list: { scrolledTo: number; atTop: boolean }): void {
  useLayoutEffect(() => {
    window.scrollTo({ top: list.scrolledTo });
    const look = () => {
      list.scrolledTo = window.scrollY;
      list.atTop = isAtTop();
    };
    look();
    window.addEventListener("scroll", look, { passive: true });
    return () => window.removeEventListener("scroll", look);
  }, [list]);
}
