import type { Dimensions } from "./dimensions";
import type { Convert, Rework } from "./heic/converter";
import type { DecodeReply } from "./heic/decoder";
import type { Prepared, ReworkOptions } from "./rework";
import type { Reply, Request } from "./worker";

export type Preparation =
  /** `dimensions` of what is sent; undefined where its head does not tell. */
  | { ok: true; prepared: Prepared; dimensions?: Dimensions | undefined }
  /** `unavailable`: the worker's script could not be loaded, because there is no network. */
  | { ok: false; code: Failure };

type Failure = Extract<Answer, { failed: unknown }>["failed"];

export interface Preparer {
  /** Load the worker while there is a network. */
  warm(): void;
  prepare(file: Blob, contentType: string, options: ReworkOptions): Promise<Preparation>;
  /** Begin to prepare what `prepare` will most likely be asked for next. */
  ahead(file: Blob, contentType: string, options: ReworkOptions): void;
  /** Make a small copy to show; undefined if this browser can't. */
  thumbnail(file: Blob): Promise<Blob | undefined>;
}

export type Answer = Reply | Extract<DecodeReply, { failed: unknown }> | { failed: "unavailable" };

/**
 * Prepare pictures in a worker, so that the page never freezes; one at a time, so that the worker holds one file in
 * memory. Thumbnails have their own worker, because drawing one takes several times as long as cleaning and hashing.
 */
export function createPreparer(start: () => Worker): Preparer {
  const sending = createLine(start);
  const showing = createLine(start);
  const thumbnails = new WeakMap<Blob, Promise<Blob | undefined>>();
  let convert: Convert | undefined;
  let begun: { question: Rework; answer: Promise<Answer> } | undefined;

  /** What converts is loaded with the first picture that needs it. */
  async function converted(question: Rework): Promise<Answer> {
    try {
      convert ??= (await import("./heic/converter")).createConverter(sending.ask);
    } catch {
      return { failed: "unavailable" };
    }
    return convert(question);
  }

  return {
    warm: sending.warm,
    async prepare(file, contentType, options) {
      const question: Rework = { ask: "rework", file, contentType, options };
      const ask = contentType === "image/heic" ? converted : sending.ask;
      const ahead = begun && same(begun.question, question) ? begun.answer : undefined;
      // A second try asks again.
      if (ahead) begun = undefined;
      const reply = await (ahead ?? ask(question));
      if ("prepared" in reply) {
        const { converted: copy } = reply.prepared;
        if (copy) thumbnails.set(file, Promise.resolve(copy));
        return { ok: true, ...reply };
      }
      return { ok: false, code: "failed" in reply ? reply.failed : "unreadable" };
    },
    ahead(file, contentType, options) {
      const question: Rework = { ask: "rework", file, contentType, options };
      begun = { question, answer: sending.ask(question) };
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

function same(one: Rework, other: Rework): boolean {
  return one.file === other.file && one.contentType === other.contentType && one.options === other.options;
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
    ask(question: Request, transfer: Transferable[] = []): Promise<Answer> {
      const answered = last.then(
        () =>
          new Promise<Answer>((resolve) => {
            waiting = resolve;
            worker ??= launch();
            worker.postMessage(question, transfer);
          }),
      );
      last = answered;
      return answered;
    },
  };
}
