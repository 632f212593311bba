import type { ReworkOptions } from "./rework";
import type { Reply, Request } from "./worker";

/**
 * Return how many bytes would be sent in place of a file; undefined if that can't be told, or if `signal` has said that
 * nobody asks any more. The worker is for this question only, so that it stops at once, and delays no upload.
 */
export function measure(
  start: () => Worker,
  file: Blob,
  contentType: string,
  options: ReworkOptions,
  signal: AbortSignal,
): Promise<number | undefined> {
  if (signal.aborted) return Promise.resolve(undefined);
  const worker = start();
  return new Promise<number | undefined>((resolve) => {
    worker.addEventListener("message", ({ data }: MessageEvent<Reply>) =>
      resolve("prepared" in data ? data.prepared.body.size : undefined),
    );
    worker.addEventListener("error", () => resolve(undefined));
    signal.addEventListener("abort", () => resolve(undefined));
    const question: Request = { ask: "rework", file, contentType, options };
    worker.postMessage(question);
  }).finally(() => worker.terminate());
}
