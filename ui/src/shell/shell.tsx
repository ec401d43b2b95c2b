// What every page has: the bar on top with the state of things, and the way to the other pages.
import type { ComponentChildren } from "preact";
import { useState } from "preact/hooks";
import { useHadDevices } from "../devices/known";
import { useApp } from "../recorder/context";
import { text } from "../text";
import { useWatched } from "../watchable";
import { Account } from "./account";
import { FaultsChip } from "./faults";
import { Icon, type IconName, Logo } from "./icons";
import { MonitoringSwitch } from "./monitoring";
import { NoticesView } from "./notices_view";

export function Shell({ children }: { children: ComponentChildren }) {
  const { router } = useApp();
  const route = useWatched(router.current);
  return (
    <div class="shell">
      <a class="skip" href="#content">
        {text.skip}
      </a>
      <header class="top">
        <a class="brand" href="/" aria-label={text.product}>
          <Logo />
          <span>{text.product}</span>
        </a>
        <MonitoringSwitch />
        <span class="spring" />
        <CameraCount />
        <FaultsChip />
        <AccountButton />
      </header>
      <nav class="rail" aria-label={text.nav.label}>
        <NavLink href="/" icon="live" word={text.nav.live} current={route.page === "live" || route.page === "camera" || route.page === "motion" || route.page === "add camera"} />
        <NavLink href="/events" icon="events" word={text.nav.events} current={route.page === "events" || route.page === "event"} />
        <NavLink href="/photos" icon="picture" word={text.nav.photos} current={route.page === "photos" || route.page === "photo"} />
        <DevicesLink current={route.page === "devices"} />
      </nav>
      <main id="content" class="content" tabIndex={-1}>
        {children}
      </main>
      {/* The dialogs of an event and of a photo show the notices themselves. */}
      {route.page !== "event" && route.page !== "photo" && (
        <aside aria-label={text.product}>
          <NoticesView />
        </aside>
      )}
    </div>
  );
}

function NavLink({ href, icon, word, current }: { href: string; icon: IconName; word: string; current: boolean }) {
  return (
    <a href={href} aria-current={current ? "page" : undefined}>
      <Icon name={icon} />
      {word}
    </a>
  );
}

/** Only where there is something to be seen. */
function DevicesLink({ current }: { current: boolean }) {
  const devices = useWatched(useApp().recorder.devices);
  return useHadDevices(devices) ? <NavLink href="/devices" icon="devices" word={text.nav.devices} current={current} /> : null;
}

function CameraCount() {
  const { recorder } = useApp();
  const cameras = useWatched(recorder.status)?.cameras ?? [];
  const wanted = cameras.filter((camera) => camera.state !== "off");
  const live = wanted.filter((camera) => camera.state === "live").length;
  return (
    <span class="pill wide-only" data-good={live === wanted.length ? "" : undefined} data-cameras-live={live}>
      <i class="dot" />
      <span class="hidden">{text.cameras.countLabel(live, wanted.length)}</span>
      <span aria-hidden="true">{text.cameras.count(live, wanted.length)}</span>
    </span>
  );
}

function AccountButton() {
  const [open, setOpen] = useState(false);
  return (
    <>
      <button class="button round" aria-label={text.account.menu} aria-haspopup="dialog" onClick={() => setOpen(true)}>
        <Icon name="person" />
      </button>
      {open && <Account onClose={() => setOpen(false)} />}
    </>
  );
}
