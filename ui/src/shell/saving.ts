// Hands files and links over to the user.

/** Saves bytes under a name, as if they had been downloaded. */
export function saveAs(bytes: Blob, name: string): void {
  const link = URL.createObjectURL(bytes);
  follow(link, name);
  window.setTimeout(() => URL.revokeObjectURL(link), 60_000);
}

/** Downloads from the recorder; it tells the name itself. */
export function download(link: string): void {
  follow(link, "");
}

function follow(link: string, name: string): void {
  const anchor = document.createElement("a");
  anchor.href = link;
  anchor.download = name;
  (document.querySelector("dialog[open]") ?? document.body).append(anchor);
  anchor.click();
  anchor.remove();
}

export type Shared = "shared" | "copied" | "by hand";

/** Offers a link to the device's own sharing, else copies it; neither needs a secure context to fail well. */
export async function share(title: string, link: string): Promise<Shared> {
  if (typeof navigator.share === "function") {
    try {
      await navigator.share({ title, url: link });
      return "shared";
    } catch (error) {
      if (error instanceof DOMException && error.name === "AbortError") return "shared"; // The user closed it.
    }
  }
  return (await copyText(link)) ? "copied" : "by hand";
}

/** Whether it is on the clipboard now. */
export async function copyText(words: string): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(words);
    return true;
  } catch {
    return copyTheOldWay(words);
  }
}

/** Without TLS there is no clipboard; selecting and copying still works in most browsers. */
function copyTheOldWay(words: string): boolean {
  const before = document.activeElement;
  const area = document.createElement("textarea");
  area.value = words;
  area.className = "hidden";
  (document.querySelector("dialog[open]") ?? document.body).append(area);
  area.select();
  try {
    return document.execCommand("copy");
  } finally {
    area.remove();
    if (before instanceof HTMLElement) before.focus();
  }
}
