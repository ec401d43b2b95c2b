// Wires the page together: who owns what is told here, in order.
import { render } from "preact";
import "./style/tokens.css";
import "./style/shell.css";
import "./style/door.css";
import "./style/live.css";
import "./style/events.css";
import "./style/clip.css";
import "./style/photos.css";
import "./style/camera.css";
import "./style/motion.css";
import "./style/motion_stage.css";
import "./style/levels.css";
import "./style/objects.css";
import "./style/devices.css";
import { announceDevices } from "./devices/announce";
import { Deleting } from "./events/deleting";
import { EventList } from "./events/list";
import { filterOf } from "./events/query";
import { ListMemory } from "./listing";
import { PhotoList } from "./photos/list";
import { filterOfPhotos } from "./photos/query";
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
const lists = new ListMemory((query) => new EventList(recorder, query), filterOf);
const photoLists = new ListMemory((query) => new PhotoList(recorder, query), filterOfPhotos);

watchAttention();
announceChanges(recorder, notices);
announceDevices(recorder, notices);
recorder.who.watch(() => {
  if (recorder.who.get().kind !== "nobody") return;
  lists.forget();
  photoLists.forget();
});
recorder.begin();

const root = document.getElementById("app");
if (root) {
  render(
    <AppContext.Provider value={{ recorder, router, notices, deleting, lists, photoLists }}>
      <Pages />
    </AppContext.Provider>,
    root,
  );
}
