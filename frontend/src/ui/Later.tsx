import { type ComponentType, useCallback, useEffect, useLayoutEffect, useState } from "react";
import { useMessages } from "../messages/useMessages";
import { Boundary } from "./Boundary";
import { Button } from "./Button";

type Load<T> = () => Promise<T>;

interface LaterProps<P> {
  load: Load<ComponentType<P>>;
  props: P;
}

/** What is loaded, by the function that loaded it: such a part appears at once the next time. */
const loaded = new WeakMap<Load<unknown>, unknown>();

async function fetchOnce<T>(load: Load<T>): Promise<T> {
  const part = await load();
  loaded.set(load, part);
  return part;
}

/** Load parts before they are needed: then they are there when the network is not. */
export function loadAhead(...loads: Load<unknown>[]): void {
  // What fails now is loaded when it is needed, and fails visibly then.
  for (const load of loads) void fetchOnce(load).catch(() => undefined);
}

/** Loads a part of the page when it is first needed; says so if the part can't be loaded, or fails. */
export function Later<P extends object>({ load, props }: LaterProps<P>) {
  const { server } = useMessages();
  const [part, setPart] = useState<{ Part: ComponentType<P> } | "loading" | "failed">(() => {
    const Part = loaded.get(load) as ComponentType<P> | undefined;
    return Part ? { Part } : "loading";
  });
  const fetchPart = useCallback(() => {
    fetchOnce(load).then(
      (Part) => setPart((now) => (typeof now === "object" && now.Part === Part ? now : { Part })),
      () => setPart("failed"),
    );
  }, [load]);
  useEffect(fetchPart, [fetchPart]);
  const tryAgain = useCallback(() => {
    setPart("loading");
    fetchPart();
  }, [fetchPart]);
  // Together with the words: an event that comes right after them counts.
  useLayoutEffect(() => {
    if (part !== "failed") return;
    window.addEventListener("online", tryAgain);
    return () => window.removeEventListener("online", tryAgain);
  }, [part, tryAgain]);

  if (part === "loading") return null;
  const failed = (
    <p role="alert">
      {server.notLoaded} <Button onClick={tryAgain}>{server.retry}</Button>
    </p>
  );
  if (part === "failed") return failed;
  return (
    <Boundary fallback={failed}>
      <part.Part {...props} />
    </Boundary>
  );
}
