// Moving pictures for a browser that cannot play the camera's codec: MJPEG from the recorder.
import { useEffect, useRef, useState } from "preact/hooks";
import { address } from "../recorder/api";
import { retryDelay } from "./latency";

/** Over HTTP/1.1 a browser opens six connections to a host; endless answers must leave some free. */
const ENDLESS_AT_ONCE = 3;
const REFRESH_MS = 1_000;

let endless = 0;

export function SinglePictures({ camera }: { camera: string }) {
  const image = useRef<HTMLImageElement>(null);
  const [isEndless] = useState(() => multiplexed() || endless < ENDLESS_AT_ONCE);

  useEffect(() => {
    const element = image.current;
    if (!element) return undefined;
    let timer: number | undefined;
    let failures = 0;
    let count = 0;
    const fetchOne = () => {
      count += 1;
      element.src = isEndless ? `${address.mjpeg(camera)}&v=${count}` : `${address.poster(camera, 640)}&v=${count}`;
    };
    const later = (delay: number) => (timer = window.setTimeout(fetchOne, delay));
    element.onload = () => {
      failures = 0;
      if (!isEndless) later(REFRESH_MS);
    };
    element.onerror = () => later(retryDelay((failures += 1)));
    if (isEndless) endless += 1;
    fetchOne();
    return () => {
      clearTimeout(timer);
      element.onerror = null;
      element.onload = null;
      element.removeAttribute("src"); // Else the browser keeps the connection.
      if (isEndless) endless -= 1;
    };
  }, [camera, isEndless]);

  return <img ref={image} class="poster" alt="" data-testid="single-pictures" />;
}

function multiplexed(): boolean {
  const [entry] = performance.getEntriesByType("navigation");
  return entry !== undefined && ["h2", "h3"].includes((entry as PerformanceNavigationTiming).nextHopProtocol);
}
