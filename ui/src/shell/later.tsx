// Parts of the pages that few need are loaded when they are first wanted.
import type { ComponentType } from "preact";
import { useEffect, useState } from "preact/hooks";
import { text } from "../text";

/** A component that loads what it is when it is first drawn. */
export function later<Props extends object>(load: () => Promise<ComponentType<Props>>): ComponentType<Props> {
  let loaded: ComponentType<Props> | null = null;
  return function Later(props: Props) {
    const [failed, setFailed] = useState(false);
    const [, draw] = useState({});
    const fetchIt = () => {
      setFailed(false);
      load().then(
        (component) => {
          loaded = component;
          draw({});
        },
        () => setFailed(true),
      );
    };
    useEffect(() => {
      if (!loaded) fetchIt();
    }, []);
    const Loaded = loaded;
    if (Loaded) return <Loaded {...props} />;
    if (!failed) return null;
    return (
      <p class="empty" role="alert">
        {/* A recorder that was updated meanwhile has other parts; a reload brings them. */}
        {text.connection.partMissing}{" "}
        <button class="button" onClick={() => location.reload()}>
          {text.connection.reload}
        </button>
      </p>
    );
  };
}
