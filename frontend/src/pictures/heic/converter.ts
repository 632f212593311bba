import wasmUrl from "libheif-js/libheif-wasm/libheif.wasm?url";
import type { Answer } from "../preparer";
import type { Request } from "../worker";
import type { DecodeReply, DecodeRequest } from "./decoder";

type Ask = (question: Request, transfer?: Transferable[]) => Promise<Answer>;
export type Rework = Extract<Request, { ask: "rework" }>;
export type Convert = (question: Rework) => Promise<Answer>;

/** Milliseconds for a picture. A slow phone takes half of it for the largest; a hostile file could take for ever. */
const PATIENCE = 120_000;

/**
 * Return a function that reworks HEIC pictures, which `ask` does for those that the browser decodes. For the others it
 * starts a worker with a decoder, and ends it after each, because wasm never gives memory back. One picture at a time.
 */
export function createConverter(
  ask: Ask,
  start = () => new Worker(new URL("./decoder.ts", import.meta.url), { type: "module" }),
): Convert {
  let last: Promise<unknown> = Promise.resolve();

  async function convert(question: Rework): Promise<Answer> {
    const native = await ask({ ask: "decodes", file: question.file });
    if (!("decodes" in native)) return native;
    if (native.decodes) return ask(question);
    const decoded = await decode(question.file, start);
    return "failed" in decoded ? decoded : ask({ ...question, decoded }, [decoded.picture]);
  }

  return (question) => {
    const converted = last.then(() => convert(question));
    last = converted;
    return converted;
  };
}

async function decode(file: Blob, start: () => Worker): Promise<DecodeReply | { failed: "unavailable" }> {
  const wasm = await fetchDecoder();
  if (typeof wasm === "string") return { failed: wasm };
  const worker = start();
  let timer: ReturnType<typeof setTimeout> | undefined;
  try {
    return await new Promise((resolve) => {
      worker.addEventListener("message", ({ data }: MessageEvent<"started" | DecodeReply>) => {
        if (data !== "started") return resolve(data);
        timer = setTimeout(() => resolve({ failed: "heic_stopped" }), PATIENCE);
      });
      worker.addEventListener("error", () => resolve({ failed: timer ? "heic_stopped" : "unavailable" }));
      const request: DecodeRequest = { wasm, file };
      worker.postMessage(request, [wasm]);
    });
  } finally {
    clearTimeout(timer);
    worker.terminate();
  }
}

async function fetchDecoder(): Promise<ArrayBuffer | "unavailable" | "heic"> {
  try {
    const answer = await fetch(wasmUrl);
    if (answer.ok) return await answer.arrayBuffer();
    // An operator may have taken it away (docs/adr/0020-heic.md).
    return answer.status === 404 ? "heic" : "unavailable";
  } catch {
    return "unavailable";
  }
}
