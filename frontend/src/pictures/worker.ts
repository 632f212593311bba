import { BrokenPicture, NotShown } from "./bytes";
import type { Dimensions } from "./dimensions";
import type { Decoded } from "./heic/decoder";
import { decodes, type Prepared, type ReworkOptions, rework, thumbnail } from "./rework";

/** What the page asks of the worker, and what comes back. */
export type Request =
  | { ask: "rework"; file: Blob; contentType: string; options: ReworkOptions; decoded?: Decoded }
  | { ask: "decodes" | "thumbnail"; file: Blob };
export type Reply =
  | { prepared: Prepared; dimensions?: Dimensions | undefined }
  | { decodes: boolean }
  | { thumbnail: Blob }
  | { failed: "broken" | "not_shown" | "unreadable" };

self.addEventListener("message", async ({ data }: MessageEvent<Request>) => {
  self.postMessage(await answer(data));
});

async function answer(asked: Request): Promise<Reply> {
  try {
    switch (asked.ask) {
      case "rework":
        return await rework(asked.file, asked.contentType, asked.options, asked.decoded);
      case "decodes":
        return { decodes: await decodes(asked.file) };
      case "thumbnail":
        return { thumbnail: await thumbnail(asked.file) };
    }
  } catch (error) {
    if (error instanceof NotShown) return { failed: "not_shown" };
    return { failed: error instanceof BrokenPicture ? "broken" : "unreadable" };
  }
}
