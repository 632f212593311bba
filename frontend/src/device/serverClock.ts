import { createStore, type Readable } from "../store";

/** The server's time, because this device's clock may be wrong. */
export interface ServerClock extends Readable<{ readonly known: boolean }> {
  /** Milliseconds since 1970; undefined until the server has answered. */
  now(): number | undefined;
  /** Take the `Date` of an answer that has just come; null where the answer has none, or hides it. */
  hear(date: string | null): void;
}

/** Create a clock that goes on by the browser's monotonic time, which nobody can set. */
export function createServerClock(monotonic: () => number = () => performance.now()): ServerClock {
  const { getState, setState, subscribe } = createStore({ known: false });
  let start = 0;
  return {
    getState,
    subscribe,
    now: () => (getState().known ? start + monotonic() : undefined),
    hear(date) {
      const time = Date.parse(date ?? "");
      if (Number.isNaN(time)) return;
      start = time - monotonic();
      if (!getState().known) setState({ known: true });
    },
  };
}
