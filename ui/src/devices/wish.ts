// What somebody asks of a device, and what is shown until the device tells of itself.
import { useEffect, useRef, useState } from "preact/hooks";
import { told as why } from "../recorder/api";
import { useApp } from "../recorder/context";
import { deviceText } from "./text";

/** The recorder tells of devices once a second at most; so long what was asked for is shown, in milliseconds. */
const PATIENCE_MS = 3_000;

export interface Wish<Value> {
  /** As it is, or as it was just asked to be. */
  shown: Value;
  busy: boolean;
  /** Asks for it; the answer is why it was not done, or `null`. It is also told to whoever looks at the page. */
  ask: (value: Value) => Promise<string | null>;
}

/** `told`: as the device says it is; `act` asks the recorder. */
export function useWish<Value>(name: string, told: Value, act: (value: Value) => Promise<unknown>): Wish<Value> {
  const { notices } = useApp();
  const [wished, setWished] = useState<{ value: Value } | null>(null);
  const [busy, setBusy] = useState(false);
  const timer = useRef<number | undefined>(undefined);
  const over = () => {
    clearTimeout(timer.current);
    setWished(null);
  };
  useEffect(over, [told]);
  useEffect(() => () => clearTimeout(timer.current), []);
  const ask = async (value: Value) => {
    clearTimeout(timer.current);
    setWished({ value });
    setBusy(true);
    try {
      await act(value);
      timer.current = window.setTimeout(over, PATIENCE_MS);
      return null;
    } catch (error) {
      over();
      notices.bad(deviceText.failed(name, why(error)));
      return why(error);
    } finally {
      setBusy(false);
    }
  };
  return { shown: wished ? wished.value : told, busy, ask };
}
