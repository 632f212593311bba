import { type ComponentType, useEffect, useState } from "react";
import type { NoticesProps } from "./Notices";

/** The notices, loaded after the first paint: mostly there is nothing to say. */
export function LaterNotices(props: NoticesProps) {
  const [loaded, setLoaded] = useState<{ Notices: ComponentType<NoticesProps> }>();
  useEffect(() => {
    // If they can't be loaded, they are when the network is back.
    const load = () => void import("./Notices").then(setLoaded, () => undefined);
    if (document.readyState === "complete") load();
    window.addEventListener("load", load);
    window.addEventListener("online", load);
    return () => {
      window.removeEventListener("load", load);
      window.removeEventListener("online", load);
    };
  }, []);
  return loaded ? <loaded.Notices {...props} /> : null;
}
