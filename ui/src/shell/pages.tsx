// Which page is shown, and who may see it.
import { useEffect } from "preact/hooks";
import { Login } from "../door/login";
import { Setup } from "../door/setup";
import { EventsPage } from "../events/page";
import { CameraPage } from "../live/camera_page";
import { LivePage } from "../live/page";
import { PhotosPage } from "../photos/page";
import { useApp } from "../recorder/context";
import { type Route, addressOf, routeOf } from "../router";
import { text } from "../text";
import { useWatched } from "../watchable";
import { Logo } from "./icons";
import { later } from "./later";
import { NoticesView } from "./notices_view";
import { Shell } from "./shell";

const AddCamera = later(() => import("../seldom").then((part) => part.AddCamera));
const DevicesPage = later(() => import("../seldom").then((part) => part.DevicesPage));
const MotionPage = later(() => import("../seldom").then((part) => part.MotionPage));

export function Pages() {
  const { recorder, router } = useApp();
  const route = useWatched(router.current);
  const who = useWatched(recorder.who);
  const status = useWatched(recorder.status);

  useEffect(() => {
    document.title = text.title(titleOf(route));
  }, [route]);

  useEffect(() => {
    if (who.kind === "nobody" && route.page !== "login" && route.page !== "setup") {
      router.replace({ page: "login", next: addressOf(route) });
    }
    if (who.kind === "user" && route.page === "login") router.replace(routeOf(route.next));
  }, [who, route]);

  if (route.page === "setup") return <Setup />;
  if (who.kind === "nobody") return <Login lost={who.lost} />;
  if (who.kind === "unknown" || !status || route.page === "login") return <Starting />;
  return (
    <Shell>
      <Page route={route} />
    </Shell>
  );
}

function Page({ route }: { route: Route }) {
  switch (route.page) {
    case "camera":
      return <CameraPage key={route.name} name={route.name} />;
    case "motion":
      return <MotionPage key={route.name} name={route.name} />;
    case "events":
      return <EventsPage filter={route.filter} open={null} />;
    case "event":
      return <EventsPage filter={route.filter} open={route.id} />;
    case "photos":
      return <PhotosPage filter={route.filter} open={null} />;
    case "photo":
      return <PhotosPage filter={route.filter} open={route.id} />;
    case "add camera":
      return <AddCamera />;
    case "devices":
      return <DevicesPage />;
    case "unknown":
      return (
        <div class="empty">
          <h1>{text.unknownPage.title}</h1>
          <p>{text.unknownPage.body}</p>
          <a class="button primary" href="/">
            {text.unknownPage.home}
          </a>
        </div>
      );
    default:
      return <LivePage />;
  }
}

/** The moment before the recorder has answered for the first time. */
function Starting() {
  return (
    <main class="door">
      <div class="starting">
        <Logo />
        <h1>{text.product}</h1>
        <p>{text.connection.starting}</p>
      </div>
      <NoticesView />
    </main>
  );
}

function titleOf(route: Route): string {
  switch (route.page) {
    case "live":
      return text.live.title;
    case "camera":
      return route.name;
    case "motion":
      return text.motion.title(route.name);
    case "events":
    case "event":
      return text.events.title;
    case "photos":
    case "photo":
      return text.photos.title;
    case "add camera":
      return text.add.title;
    case "devices":
      return text.nav.devices;
    case "login":
      return text.login.page;
    case "setup":
      return text.setup.page;
    case "unknown":
      return text.unknownPage.title;
  }
}
