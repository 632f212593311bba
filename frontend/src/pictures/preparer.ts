import type { Choices, Prepared } from "./prepare";
import type { Reply, Request } from "./worker";

export type Preparation =
  | { ok: true; prepared: Prepared }
  /** `unavailable`: the worker itself could not be loaded, for there is no line. */
  | { ok: false; code: "broken" | "unreadable" | "unavailable" };

export interface Preparer {
  /** Load what it takes, while there is a line. */
  warm(): void;
  prepare(file: Blob, contentType: string, choices: Choices): Promise<Preparation>;
  /** Whether this browser can decode the picture, and so convert it. */
  decodes(file: Blob): Promise<boolean>;
  /** A small copy, to be looked at; undefined where this browser can't make one. */
  thumbnail(file: Blob): Promise<Blob | undefined>;
}

type Answer = Reply | { failed: "unavailable" };

interface Asked {
  question: Request;
  resolve: (answer: Answer) => void;
  sent?: true;
}

/**
 * Prepares pictures in a worker, so that the page never freezes; one at a time, so that no more than one file is in
 * memory there.
 */
export function createPreparer(start: () => Worker): Preparer {
  let worker: Worker | undefined;
  let asked: Asked | undefined;
  /** Sending comes first: thumbnails are for those who wait. */
  const urgent: Asked[] = [];
  const idle: Asked[] = [];
  const thumbnails = new WeakMap<Blob, Promise<Blob | undefined>>();

  function launch(): Worker {
    const launched = start();
    let loaded = false;
    launched.addEventListener("message", ({ data }: MessageEvent<Reply>) => {
      loaded = true;
      answer(data);
    });
    // Out of memory, most likely, or never loaded: the next picture gets a new one.
    launched.addEventListener("error", () => {
      launched.terminate();
      worker = undefined;
      answer({ failed: loaded ? "unreadable" : "unavailable" });
    });
    return launched;
  }

  function ask(question: Request, line = urgent): Promise<Answer> {
    return new Promise((resolve) => {
      line.push({ question, resolve });
      next();
    });
  }

  function next(): void {
    asked ??= urgent.shift() ?? idle.shift();
    if (!asked || asked.sent) return;
    asked.sent = true;
    worker ??= launch();
    worker.postMessage(asked.question);
  }

  function answer(answer: Answer): void {
    asked?.resolve(answer);
    asked = undefined;
    next();
  }

  return {
    warm() {
      worker ??= launch();
    },
    async prepare(file, contentType, choices) {
      const reply = await ask({ ask: "prepare", file, contentType, choices });
      if ("prepared" in reply) return { ok: true, prepared: reply.prepared };
      return { ok: false, code: "failed" in reply ? reply.failed : "unreadable" };
    },
    async decodes(file) {
      const reply = await ask({ ask: "decodes", file });
      return "decodes" in reply && reply.decodes;
    },
    thumbnail(file) {
      const made =
        thumbnails.get(file) ??
        ask({ ask: "thumbnail", file }, idle).then((reply) => {
          if ("thumbnail" in reply) return reply.thumbnail;
          thumbnails.delete(file);
          return undefined;
        });
      thumbnails.set(file, made);
      return made;
    },
  };
}
