// Wires the page together: who owns what is told here, in order.
import { render } from "preact";
import "./style/tokens.css";
import "./style/shell.css";
import "./style/door.css";
import "./style/live.css";
import "./style/events.css";
import "./style/clip.css";
import { Deleting } from "./events/deleting";
import { ListMemory } from "./events/list";
import { watchAttention } from "./recorder/attention";
import { AppContext } from "./recorder/context";
import { Recorder } from "./recorder/recorder";
import { Router } from "./router";
import { announceChanges } from "./shell/announce";
import { Notices } from "./shell/notices";
import { Pages } from "./shell/pages";

const recorder = new Recorder();
const router = new Router(window);
const notices = new Notices();
const deleting = new Deleting(recorder, notices);
const lists = new ListMemory(recorder);

watchAttention();
announceChanges(recorder, notices);
recorder.who.watch(() => {
  if (recorder.who.get().kind === "nobody") lists.forget();
});
recorder.begin();

const root = document.getElementById("app");
if (root) {
  render(
    <AppContext.Provider value={{ recorder, router, notices, deleting, lists }}>
      <Pages />
    </AppContext.Provider>,
    root,
  );
}
