// Full screen, where the browser has it; on an iPhone only a video element does.

type Old = HTMLVideoElement & { webkitEnterFullscreen?: () => void };

export function canFullscreen(): boolean {
  return document.fullscreenEnabled || "webkitEnterFullscreen" in HTMLVideoElement.prototype;
}

export function toggleFullscreen(element: HTMLElement | null): void {
  if (!element) return;
  const quietly = () => undefined; // The user changed their mind, or the browser has none right now.
  if (document.fullscreenElement) document.exitFullscreen().catch(quietly);
  else if (document.fullscreenEnabled) element.requestFullscreen().catch(quietly);
  else (element.querySelector("video") as Old | null)?.webkitEnterFullscreen?.();
}
