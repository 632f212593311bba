import { type ComponentType, useCallback, useEffect, useState } from "react";
import { useMessages } from "../messages/useMessages";
import { Boundary } from "./Boundary";
import { Button } from "./Button";

interface LaterProps<P> {
  load(): Promise<ComponentType<P>>;
  props: P;
}

/** Loads a part of the page when it is first needed; says so if the part can't be loaded, or fails. */
export function Later<P extends object>({ load, props }: LaterProps<P>) {
  const { server } = useMessages();
  const [part, setPart] = useState<{ Part: ComponentType<P> } | "loading" | "failed">("loading");
  const fetchPart = useCallback(() => {
    setPart("loading");
    load().then(
      (Part) => setPart({ Part }),
      () => setPart("failed"),
    );
  }, [load]);
  useEffect(fetchPart, [fetchPart]);

  if (part === "loading") return null;
  const failed = (
    <p role="alert">
      {server.notLoaded} <Button onClick={fetchPart}>{server.retry}</Button>
    </p>
  );
  if (part === "failed") return failed;
  return (
    <Boundary fallback={failed}>
      <part.Part {...props} />
    </Boundary>
  );
}
