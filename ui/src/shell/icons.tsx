// The pictures on buttons; each stands beside a word or a label, so none is read out.
const PATHS = {
  live: "M3 7h11v10H3zM14 11l6-3v8l-6-3z",
  events: "M4 4h7v7H4zM13 4h7v7h-7zM4 13h7v7H4zM13 13h7v7h-7z",
  calendar: "M4 6h16v14H4zM4 10h16M8 3v4M16 3v4",
  person: "M12 12a4 4 0 1 0 0-8 4 4 0 0 0 0 8zM4 21c0-4 3.5-7 8-7s8 3 8 7",
  back: "M15 5l-7 7 7 7",
  close: "M6 6l12 12M18 6L6 18",
  fullscreen: "M4 9V4h5M20 9V4h-5M4 15v5h5M20 15v5h-5",
  picture: "M4 5h16v14H4zM4 16l5-5 4 4 3-3 4 4M15 9h.01",
  download: "M12 4v11M7 10l5 5 5-5M5 20h14",
  share: "M12 15V4M8 8l4-4 4 4M6 12H5v8h14v-8h-1",
  star: "M12 4l2.5 5.2 5.5.8-4 4 1 5.6-5-2.7-5 2.7 1-5.6-4-4 5.5-.8z",
  bin: "M5 7h14M10 7V4h4v3M7 7l1 13h8l1-13M10.5 11v5M13.5 11v5",
  tick: "M5 12.5l4.5 4.5L19 7.5",
  play: "M7 4.5v15l13-7.5z",
  pause: "M6.5 5h3.5v14H6.5zM14 5h3.5v14H14z",
  newer: "M6 5v14M19 5L9 12l10 7z",
  older: "M18 5v14M5 5l10 7-10 7z",
  frameBack: "M15 6l-7 6 7 6zM18.5 6v12",
  frameForward: "M9 6l7 6-7 6zM5.5 6v12",
  keys: "M3 6h18v12H3zM7 10h.01M11 10h.01M15 10h.01M8 14h8",
  warning: "M12 4l9 16H3zM12 10v4M12 17h.01",
  well: "M12 3l8 3v6c0 5-4 8-8 9-4-1-8-4-8-9V6zM8.5 12l2.5 2.5 4.5-5",
  record: "M12 20a8 8 0 1 0 0-16 8 8 0 0 0 0 16zM12 15a3 3 0 1 0 0-6 3 3 0 0 0 0 6z",
  stop: "M12 20a8 8 0 1 0 0-16 8 8 0 0 0 0 16zM9 9h6v6H9z",
  photo: "M4 8h4l2-3h4l2 3h4v11H4zM12 16.5a3.5 3.5 0 1 0 0-7 3.5 3.5 0 0 0 0 7z",
  soundOn: "M4 9.5v5h3.5L12 19V5L7.5 9.5zM15.5 9a4.2 4.2 0 0 1 0 6M18 6.5a8 8 0 0 1 0 11",
  soundOff: "M4 9.5v5h3.5L12 19V5L7.5 9.5zM16 9.5l5 5M21 9.5l-5 5",
  words: "M3 5h18v14H3zM6.5 12h5M14 12h3.5M6.5 15.5h3M12 15.5h5.5",
  film: "M4 4h16v16H4zM8.5 4v16M15.5 4v16M4 9h4.5M4 15h4.5M15.5 9H20M15.5 15H20",
  sliders: "M4 7h9M17 7h3M4 17h3M11 17h9M15 5v4M9 15v4",
  home: "M4 11.5L12 4l8 7.5M6.5 10v10h11V10",
  up: "M5 15l7-7 7 7",
  down: "M5 9l7 7 7-7",
  right: "M9 5l7 7-7 7",
  plus: "M12 5v14M5 12h14",
  minus: "M5 12h14",
  search: "M11 18a7 7 0 1 0 0-14 7 7 0 0 0 0 14zM16 16l5 5",
  copy: "M8 8h11v12H8zM5 16V4h11",
  shape: "M6 6l12 2-2 11-10-3zM6 6h.01M18 8h.01M16 19h.01M6 16h.01",
  undo: "M8 5L4 9l4 4M4 9h10a5.5 5.5 0 0 1 0 11H8",
  redo: "M16 5l4 4-4 4M20 9H10a5.5 5.5 0 0 0 0 11h6",
  moved: "M4 8V4h4M16 4h4v4M20 16v4h-4M8 20H4v-4M8 14l3-3 2 2 3-4",
  car: "M3 16v-4l2.2-5.5h13.6L21 12v4zM3.2 12h17.6M5 16v2.5h3V16M16 16v2.5h3V16M6.5 14h.01M17.5 14h.01",
  dog: "M4 6l3-2 4 1.5h2L17 4l3 2-1 6-2 1-1.5 5.5-2 2h-3l-2-2L7 13l-2-1zM9.5 10.5h.01M14.5 10.5h.01M11 16h2l-1 1.2z",
  cat: "M5 3.5l4 3.5h6l4-3.5V14c0 4-3 6.5-7 6.5S5 18 5 14zM9.5 12h.01M14.5 12h.01M11.2 15.5h1.6L12 16.4z",
  bicycle: "M6 18.5a3.5 3.5 0 1 0 0-7 3.5 3.5 0 0 0 0 7zM18 18.5a3.5 3.5 0 1 0 0-7 3.5 3.5 0 0 0 0 7zM6 15l3.5-7h5L18 15M8.2 10.5L12 15l3.2-5.5M8 8h3M14.5 8L14 5.5h2.5",
  thing: "M12 3.5l8 4v9l-8 4-8-4v-9zM4 7.5l8 4 8-4M12 11.5v9M8 5.5l8 4",
  devices: "M12 14.2a2.2 2.2 0 1 0 0-4.4 2.2 2.2 0 0 0 0 4.4zM8 16a5.6 5.6 0 0 1 0-8M16 8a5.6 5.6 0 0 1 0 8M5 19a9.9 9.9 0 0 1 0-14M19 5a9.9 9.9 0 0 1 0 14",
  pir: "M3.5 18h17M6 18a6 6 0 0 1 12 0M12 8V4.5M6.3 9.8L4 7.5M17.7 9.8L20 7.5",
  door: "M6 3.5h12v17H6zM14.5 12h.01",
  doorOpen: "M6 20.5v-17h12v17M6 3.5l7 2.5v15l-7-.5M10.3 13h.01M13 20.5h8",
  bell: "M6 17v-6a6 6 0 0 1 12 0v6l1.5 1.5h-15zM10 21h4M12 5V3",
  siren: "M7 17v-5a5 5 0 0 1 10 0v5M4.5 20.5h15V17h-15zM12 4V2.5M5 6.5L4 5.5M19 6.5l1-1M12 11v2",
  button: "M5 4h14v16H5zM12 15.5a3.5 3.5 0 1 0 0-7 3.5 3.5 0 0 0 0 7z",
  tamper: "M12 3l8 3v6c0 5-4 8-8 9-4-1-8-4-8-9V6zM13 6l-3 5h4l-3 6",
  gauge: "M4.5 18a9 9 0 1 1 15 0M12 14l4-5M12 15.2a1.2 1.2 0 1 0 0-2.4 1.2 1.2 0 0 0 0 2.4z",
  lamp: "M9 17h6M10 20.5h4M8.5 14.5a6 6 0 1 1 7 0L15 17H9z",
  relay: "M3 12h5l8-5M16 12h5M8 12h.01M16 12h.01M12 18v-3",
  servo: "M5 12a7 7 0 0 1 8-7M10.5 2.5L13 5l-2.5 2.5M19 12a7 7 0 0 1-8 7M13.5 16.5L11 19l2.5 2.5M12 13.2a1.2 1.2 0 1 0 0-2.4 1.2 1.2 0 0 0 0 2.4z",
  broker: "M12 7.5a2.5 2.5 0 1 0 0-5 2.5 2.5 0 0 0 0 5zM5 21.5a2.5 2.5 0 1 0 0-5 2.5 2.5 0 0 0 0 5zM19 21.5a2.5 2.5 0 1 0 0-5 2.5 2.5 0 0 0 0 5zM10.8 7.2L6.2 16.8M13.2 7.2l4.6 9.6M7.5 19h9",
  select: "M4 4h16v16H4zM8 12l3 3 5-6",
} as const;

export type IconName = keyof typeof PATHS;

export function Icon({ name, filled }: { name: IconName; filled?: boolean }) {
  return (
    <svg class="icon" viewBox="0 0 24 24" aria-hidden="true" data-filled={filled ? "" : undefined}>
      <path d={PATHS[name]} />
    </svg>
  );
}

export function Logo() {
  return (
    <svg class="logo" viewBox="0 0 24 24" aria-hidden="true">
      <path d="M12 3l8 3v6c0 5-4 8-8 9-4-1-8-4-8-9V6z" />
      <circle cx="12" cy="11.5" r="3" />
    </svg>
  );
}
