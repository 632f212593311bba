import type { Prepared, ReworkOptions } from "./rework";
import type { Reply, Request } from "./worker";

export type Preparation =
  | { ok: true; prepared: Prepared }
  /** `unavailable`: the worker's script could not be loaded, because there is no network. */
  | { ok: false; code: "broken" | "not_shown" | "unreadable" | "unavailable" };

export interface Preparer {
  /** Load the worker while there is a network. */
  warm(): void;
  prepare(file: Blob, contentType: string, options: ReworkOptions): Promise<Preparation>;
  /** Whether this browser can decode the picture, and so convert it. */
  decodes(file: Blob): Promise<boolean>;
  /** Make a small copy to show; undefined if this browser can't. */
  thumbnail(file: Blob): Promise<Blob | undefined>;
}

type Answer = Reply | { failed: "unavailable" };

/**
 * Prepare pictures in a worker, so that the page never freezes; one at a time, so that the worker holds one file in
 * memory. Thumbnails have their own worker, because drawing one takes several times as long as cleaning and hashing.
 */
export function createPreparer(start: () => Worker): Preparer {
  const sending = createLine(start);
  const showing = createLine(start);
  const thumbnails = new WeakMap<Blob, Promise<Blob | undefined>>();

  return {
    warm: sending.warm,
    async prepare(file, contentType, options) {
      const reply = await sending.ask({ ask: "rework", file, contentType, options });
      if ("prepared" in reply) return { ok: true, prepared: reply.prepared };
      return { ok: false, code: "failed" in reply ? reply.failed : "unreadable" };
    },
    async decodes(file) {
      const reply = await sending.ask({ ask: "decodes", file });
      return "decodes" in reply && reply.decodes;
    },
    thumbnail(file) {
      const made =
        thumbnails.get(file) ??
        showing.ask({ ask: "thumbnail", file }).then((reply) => {
          if ("thumbnail" in reply) return reply.thumbnail;
          thumbnails.delete(file);
          return undefined;
        });
      thumbnails.set(file, made);
      return made;
    },
  };
}

/** A worker that is asked one thing at a time. */
function createLine(start: () => Worker) {
  let worker: Worker | undefined;
  let last: Promise<unknown> = Promise.resolve();
  let waiting: ((answer: Answer) => void) | undefined;

  function launch(): Worker {
    const launched = start();
    let loaded = false;
    launched.addEventListener("message", ({ data }: MessageEvent<Reply>) => {
      loaded = true;
      waiting?.(data);
    });
    // It ran out of memory, most likely, or never loaded: the next picture gets a new worker.
    launched.addEventListener("error", () => {
      launched.terminate();
      worker = undefined;
      waiting?.({ failed: loaded ? "unreadable" : "unavailable" });
    });
    return launched;
  }

  return {
    warm() {
      worker ??= launch();
    },
    ask(question: Request): Promise<Answer> {
      const answered = last.then(
        () =>
          new Promise<Answer>((resolve) => {
            waiting = resolve;
            worker ??= launch();
            worker.postMessage(question);
          }),
      );
      last = answered;
      return answered;
    },
  };
}
