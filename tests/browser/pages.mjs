// Where things are on the pages, said once: by their roles and words, as the owner finds them.

export const door = {
  name: (page) => page.getByLabel("Name", { exact: true }),
  password: (page) => page.getByLabel("Password", { exact: true }),
  passwordAgain: (page) => page.getByLabel("Password again", { exact: true }),
  signIn: (page) => page.getByRole("button", { name: "Sign in" }),
  start: (page) => page.getByRole("button", { name: "Start", exact: true }),
  refusal: (page) => page.getByRole("alert"),
};

export const top = {
  monitoring: (page) => page.getByRole("switch", { name: /^Monitoring/ }),
  faults: (page) => page.getByRole("button", { name: /All well|faults?$/ }),
  account: (page) => page.getByRole("button", { name: "Account and display" }),
  events: (page) => page.getByRole("navigation").getByRole("link", { name: "Events" }),
  photos: (page) => page.getByRole("navigation").getByRole("link", { name: "Photos" }),
  announcer: (page) => page.getByTestId("announcer"),
  silentRecorder: (page) => page.getByRole("alert").filter({ hasText: "The recorder does not answer" }),
};

export const live = {
  /** The tile of a camera in that state: live, connecting, offline, switched off. */
  tile: (page, camera, state) => page.getByRole("link", { name: new RegExp(`^${camera}, ${state}`) }),
  picture: (page, camera) => page.locator(`[data-camera="${camera}"]`),
  video: (page, camera) => page.locator(`[data-camera="${camera}"] video`),
  stills: (page, camera) => page.locator(`[data-camera="${camera}"]`).getByTestId("single-pictures"),
};

/** One camera, large. */
export const camera = {
  control: (page, name) => page.getByRole("group", { name: "Controls" }).getByRole("button", { name, exact: true }),
  facts: (page) => page.locator("dl.facts"),
  ailing: (page, name) => page.locator(`[data-ailing="${name}"]`),
  troubles: (page) => page.getByRole("region", { name: "Troubles of the last 24 hours" }),
  /** The pad that turns and zooms, and its buttons. */
  pad: (page) => page.getByRole("group", { name: /^Turn and zoom/ }),
  way: (page, name) => camera.pad(page).getByRole("button", { name }),
  places: (page) => page.getByRole("region", { name: "Where it looks" }),
  question: (page, name) => page.getByRole("dialog", { name }),
  picture: (page) => page.getByRole("dialog", { name: /^Picture of/ }),
  film: (page) => page.getByRole("dialog", { name: /^Time-lapse of/ }),
};

export const photos = {
  cards: (page) => page.locator(".photo-day a[data-photo]"),
  card: (page, id) => page.locator(`.photo-day a[data-photo="${id}"]`),
  viewer: (page) => page.getByRole("dialog", { name: /^Photo of/ }),
};

export const list = {
  count: (page) => page.getByTestId("count"),
  cards: (page) => page.getByRole("list", { name: "Events, newest first" }).getByRole("link"),
  card: (page, id) => page.locator(`.card[data-event="${id}"]`).getByRole("link"),
  keptCard: (page, id) => page.locator(`.card[data-event="${id}"]`).getByRole("link", { name: /, kept$/ }),
  filters: (page) => page.getByRole("group", { name: "Filters" }),
  undo: (page) => page.getByRole("button", { name: "Undo" }),
};

export const clip = {
  /** Named after what it was and the camera: `Person, car at door`. */
  dialog: (page) => page.getByRole("dialog", { name: / at / }),
  video: (page) => clip.dialog(page).locator("video"),
  download: (page) => clip.dialog(page).getByRole("link", { name: "Download", exact: true }),
  downloadBurnt: (page) => clip.dialog(page).getByRole("button", { name: "Download with text" }),
  /** The photos below the clip. */
  photos: (page) => clip.dialog(page).getByRole("region", { name: "Photos of this event" }).getByRole("button"),
  keep: (page) => clip.dialog(page).getByRole("button", { name: /^(Keep|Kept)$/ }),
  remove: (page) => clip.dialog(page).getByRole("button", { name: "Delete" }),
  position: (page) => clip.dialog(page).getByRole("slider", { name: "Position in the clip" }),
};

/** Who it was. */
export const seen = {
/** `shown`: what it is set to. */
  filter: (page, shown = "Anything") => list.filters(page).getByRole("button", { name: shown, exact: true }),
  choice: (page) => page.getByRole("dialog", { name: "What was seen" }),
  search: (page) => page.getByRole("searchbox", { name: "Search events" }),
  /** What was recognised in the event in the dialog. */
  sightings: (page) => clip.dialog(page).getByRole("region", { name: "What was recognised" }),
  /** Boxes with names over a picture. */
  boxes: (page, label) => page.locator(`.boxed [data-label="${label}"]`),
  /** On a camera's page: who is there now and was there today. */
  panel: (page) => page.getByRole("region", { name: "Recognised", exact: true }),
  detector: (page) => page.getByRole("dialog", { name: "State of the recorder" }).getByRole("region", { name: "Recognition" }),
};

/** What counts as motion on a camera. */
export const motion = {
  stage: (page) => page.getByRole("group", { name: /^Picture of .* with its zones and masks$/ }),
  draw: (page, kind) => page.getByRole("button", { name: `Draw a ${kind}` }),
  tool: (page, name) => page.getByRole("group", { name: "Shapes" }).getByRole("button", { name, exact: true }),
  whole: (page, shape) => motion.stage(page).getByRole("button", { name: `${shape}, all of it` }),
  corner: (page, number, shape) => motion.stage(page).getByRole("button", { name: new RegExp(`^Corner ${number} of ${shape}, `) }),
  corners: (page, shape) => motion.stage(page).getByRole("button", { name: new RegExp(`^Corner \\d+ of ${shape}, `) }),
  newCorner: (page, number, shape) => motion.stage(page).getByRole("button", { name: `New corner after corner ${number} of ${shape}` }),
  shape: (page, name) => page.getByRole("region", { name: "Zones and masks" }).getByRole("listitem").filter({ hasText: name }),
  edit: (page, name) => page.getByRole("button", { name: `Edit: ${name}` }),
  sensitivity: (page) => page.getByRole("region", { name: "What counts" }).getByRole("slider", { name: /^(Sensitivity|By day)$/ }),
  replay: (page) => page.getByRole("region", { name: "With these settings" }),
  outcome: (page, state) => motion.replay(page).locator(`[data-replay="${state}"]`),
  meter: (page) => page.getByRole("meter", { name: "How much moves now" }),
  save: (page) => page.getByRole("button", { name: "Save", exact: true }),
  discard: (page) => page.getByRole("button", { name: "Discard" }),
  reset: (page) => page.getByRole("button", { name: "Back to the file’s", exact: true }),
  lane: (page, name) => page.getByRole("region", { name }),
};

/** Sensors, lights, servos and outputs. */
export const devices = {
  link: (page) => page.getByRole("navigation").getByRole("link", { name: "Devices" }),
  group: (page, name) => page.getByRole("region", { name, exact: true }),
  card: (page, name) => page.locator(`[data-device="${name}"]`),
  /** Where it says what is wrong. */
  fault: (page, name) => devices.card(page, name).locator("[data-device-fault]"),
  state: (page, name, words) => devices.card(page, name).locator(".device-state").getByText(words),
  /** On a played one: what plays it. */
  play: (page, name) => page.getByRole("group", { name: `Play ${name}`, exact: true }),
  way: (page, name, way) => devices.card(page, name).getByRole("radio", { name: way, exact: true }),
  angle: (page, name) => page.getByRole("slider", { name: `Angle of ${name}` }),
  switch: (page, name) => page.getByRole("switch", { name, exact: true }),
  question: (page) => page.getByRole("dialog", { name: /^Put the siren/ }),
  broker: (page) => page.locator("[data-broker]"),
  /** Over the live pictures, and on a camera's page. */
  chip: (page, name) => page.locator(`[data-sensor="${name}"]`),
  chips: (page) => page.getByRole("region", { name: "Sensors", exact: true }).getByRole("link"),
  ofCamera: (page) => page.getByRole("region", { name: "Sensors and lights" }),
  /** The filter of a sensor; a click takes it away. */
  filter: (page, name) => list.filters(page).getByRole("button", { name: `Sensor ${name}: show all again` }),
};
