import type { Choices, Prepared } from "./prepare";
import type { Reply, Request } from "./worker";

export type Preparation = { ok: true; prepared: Prepared } | { ok: false; code: "broken" | "unreadable" };

export interface Preparer {
  prepare(file: Blob, contentType: string, choices: Choices): Promise<Preparation>;
  /** Whether this browser can decode the picture, and so convert it. */
  decodes(file: Blob): Promise<boolean>;
}

/**
 * Prepares pictures in a worker, so that the page never freezes; one at a time, so that no more than one file is in
 * memory there. The worker is started by the first picture.
 */
export function createPreparer(start: () => Worker): Preparer {
  let worker: Worker | undefined;
  let last: Promise<unknown> = Promise.resolve();
  let waiting: ((reply: Reply) => void) | undefined;

  function launch(): Worker {
    const launched = start();
    launched.addEventListener("message", ({ data }: MessageEvent<Reply>) => waiting?.(data));
    // Out of memory, most likely: the next picture gets a new one.
    launched.addEventListener("error", () => {
      launched.terminate();
      worker = undefined;
      waiting?.({ failed: "unreadable" });
    });
    return launched;
  }

  function ask(question: Request): Promise<Reply> {
    const answered = last.then(
      () =>
        new Promise<Reply>((resolve) => {
          waiting = resolve;
          worker ??= launch();
          worker.postMessage(question);
        }),
    );
    last = answered;
    return answered;
  }

  return {
    async prepare(file, contentType, choices) {
      const reply = await ask({ file, contentType, choices });
      if ("prepared" in reply) return { ok: true, prepared: reply.prepared };
      return { ok: false, code: "failed" in reply ? reply.failed : "unreadable" };
    },
    async decodes(file) {
      const reply = await ask({ file });
      return "decodes" in reply && reply.decodes;
    },
  };
}
