import { BrokenPicture } from "./bytes";
import { type Choices, decodes, type Prepared, prepare } from "./prepare";

/** What the page asks of the worker, and what comes back. */
export type Request = { file: Blob } | { file: Blob; contentType: string; choices: Choices };
export type Reply = { prepared: Prepared } | { decodes: boolean } | { failed: "broken" | "unreadable" };

self.addEventListener("message", async ({ data }: MessageEvent<Request>) => {
  self.postMessage(await answer(data));
});

async function answer(asked: Request): Promise<Reply> {
  try {
    if (!("choices" in asked)) return { decodes: await decodes(asked.file) };
    return { prepared: await prepare(asked.file, asked.contentType, asked.choices) };
  } catch (error) {
    return { failed: error instanceof BrokenPicture ? "broken" : "unreadable" };
  }
}
