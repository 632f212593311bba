import { useEffect, useState } from "react";
import type { Limits } from "../api/wire";
import { inspect } from "../engine/inspect";
import { measure } from "../pictures/measure";
import type { Shrink } from "../pictures/rework";

/** A slider is drawn past many numbers that nobody wants. */
const PAUSE_MS = 300;

const start = () => new Worker(new URL("../pictures/worker.ts", import.meta.url), { type: "module" });

/** The bytes that a file becomes, once they are known; undefined until then. */
export function useMeasured(file: File | undefined, accepted: Limits, shrink: Shrink): number | undefined {
  // Their numbers, because another tab's change makes a new object of the same.
  const { longestSide, contentType, quality } = shrink;
  const [measured, setMeasured] = useState<{ file: File; size: number | undefined }>();
  useEffect(() => {
    // After a reload the file of a published picture is gone.
    if (!file?.size) return;
    const stop = new AbortController();
    const timer = setTimeout(async () => {
      const verdict = await inspect(file, accepted);
      if (!verdict.ok) return;
      // The few bytes of metadata make no difference: a picture that is redrawn has none.
      const options = { keepMetadata: false, shrink: { longestSide, contentType, quality } };
      const size = await measure(start, file, verdict.contentType, options, stop.signal);
      if (!stop.signal.aborted) setMeasured({ file, size });
    }, PAUSE_MS);
    return () => {
      clearTimeout(timer);
      stop.abort();
      setMeasured(undefined);
    };
  }, [file, accepted, longestSide, contentType, quality]);
  return measured?.file === file ? measured?.size : undefined;
}
