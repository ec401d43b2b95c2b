// Sets the colours before the first paint. A script of its own, because the page allows no inline script.
// `shell/theme_choice.ts` writes what this reads, and calls `watchpostTheme` after a change.
const KEY = "watchpost-theme";
const light = matchMedia("(prefers-color-scheme: light)");

function paint(): void {
  let chosen: string | null = null;
  try {
    chosen = localStorage.getItem(KEY);
  } catch {
    // Storage may be forbidden; then the system's choice rules.
  }
  const theme = chosen === "light" || chosen === "dark" ? chosen : light.matches ? "light" : "dark";
  document.documentElement.dataset["theme"] = theme;
}

paint();
light.addEventListener("change", paint);
addEventListener("storage", paint);
addEventListener("watchpost-theme", paint);
