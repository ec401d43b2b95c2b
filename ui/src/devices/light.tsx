// A light: whether it is on, how bright its room is, and who wants what of it.
import { useEffect, useRef, useState } from "preact/hooks";
import { told } from "../recorder/api";
import { useApp } from "../recorder/context";
import type { Light } from "../recorder/wire";
import { useWatched } from "../watchable";
import { Ago, DeviceCard, Fact, Share, Slide } from "./parts";
import { deviceText } from "./text";
import { useWish } from "./wish";
import { lightWords, percent } from "./words";

const CHOICES = [true, false, null] as const;
/** Seconds; 0: until it is changed. */
const LENGTHS = [0, 600, 3_600, 28_800] as const;

interface Props {
  light: Light;
  now: number;
  mayChange: boolean;
}

export function LightCard({ light, now, mayChange }: Props) {
  const zone = useWatched(useApp().recorder.zone);
  const { name, kind, on, brightness, seen, fault } = light;
  const word = on === null ? deviceText.unknown : on ? deviceText.lightOn : deviceText.lightOff;
  return (
    <DeviceCard name={name} kind={deviceText.kinds[kind]} icon={fault ? "warning" : "lamp"} tone={fault ? "fault" : on === null ? "unknown" : on ? "active" : "quiet"} sim={kind === "sim"} fault={fault} state={<b>{word}</b>}>
      <p class="quiet small">{lightWords(light, (instant) => zone.moment(instant, now))}</p>
      {mayChange && <ByHand light={light} />}
      <dl class="device-facts">
        {brightness !== null && <Share name={deviceText.brightness} share={brightness} />}
        <Fact name={deviceText.seen}>
          <Ago at={seen} now={now} />
        </Fact>
      </dl>
      {kind === "sim" && mayChange && <PlayBrightness light={light} />}
    </DeviceCard>
  );
}

function ByHand({ light: { name, by_hand } }: { light: Light }) {
  const { recorder } = useApp();
  const length = useRef(0);
  const wish = useWish(name, by_hand, (on: boolean | null) => recorder.api.setLight(name, on, on === null || length.current === 0 ? null : length.current));
  const words = (on: boolean | null) => (on === null ? deviceText.planned : on ? deviceText.lightOn : deviceText.lightOff);
  return (
    <div class="by-hand-light">
      <fieldset class="choice" aria-busy={wish.busy}>
        <legend class="hidden">{deviceText.light(name)}</legend>
        {CHOICES.map((on) => (
          <label key={String(on)}>
            <input type="radio" name={`light-${name}`} checked={wish.shown === on} onChange={() => void wish.ask(on)} />
            <span>{words(on)}</span>
          </label>
        ))}
      </fieldset>
      <label class="how-long">
        <span class="quiet small">{deviceText.howLong}</span>
        <select
          class="input"
          onChange={(event) => {
            length.current = Number(event.currentTarget.value);
            if (wish.shown !== null) void wish.ask(wish.shown);
          }}
        >
          {LENGTHS.map((seconds) => (
            <option key={seconds} value={seconds}>
              {deviceText.lengths[seconds]}
            </option>
          ))}
        </select>
      </label>
    </div>
  );
}

function PlayBrightness({ light: { name, brightness } }: { light: Light }) {
  const { recorder, notices } = useApp();
  const [played, setPlayed] = useState(brightness ?? 0.5);
  useEffect(() => setPlayed((before) => brightness ?? before), [brightness]);
  const play = (value: number) => {
    recorder.api.playLight(name, value).catch((error: unknown) => notices.bad(deviceText.failed(name, told(error))));
  };
  return (
    <div class="play" role="group" aria-label={deviceText.play(name)}>
      <b class="small">{deviceText.playIt}</b>
      <div class="play-slide">
        <span aria-hidden="true">{deviceText.brightness}</span>
        <Slide label={deviceText.playBrightness} value={played} least={0} most={1} step={0.01} shown={percent} onInput={setPlayed} onChange={play} />
        <span class="play-value" aria-hidden="true">
          {percent(played)}
        </span>
      </div>
    </div>
  );
}
