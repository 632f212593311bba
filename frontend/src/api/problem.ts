import { ApiError } from "./client";
import type { PutFailure } from "./wire";

/**
 * Why a picture was not taken, as data. The catalogue of messages turns it into a sentence, so that the engine
 * speaks no language of its own.
 */
export type Problem =
  | { code: "empty" }
  | { code: "too_large"; size: number; limit: number }
  | { code: "too_many_pixels"; pixels: number; limit: number }
  | { code: "type_not_accepted"; accepted: string[] }
  | { code: "svg" }
  /** It can't be decoded: damaged, or of an unusual kind. */
  | { code: "heic" }
  /** It has more pixels than a browser can convert. */
  | { code: "heic_too_large" }
  /** Decoding it took too much memory, or too long. */
  | { code: "heic_stopped" }
  /** The file can't be read (any more): deleted, moved, changed, or a folder. */
  | { code: "unreadable" }
  /** Its structure is broken, so its metadata can't be found and removed. */
  | { code: "metadata" }
  /** No browser shows a picture of this kind: 12 bits a sample, too wide or too high. */
  | { code: "not_shown" }
  /** The page was closed before the file had arrived or been saved. */
  | { code: "interrupted" }
  | { code: "api_unreachable" }
  /** The PUT to `host`, the store's, failed; `page` is the origin that the store must allow, if that is another. */
  | { code: "put"; kind: PutFailure; status: number; host: string; page: string | undefined; size: number }
  | { code: "server"; status: number; serverCode: string; detail: string | undefined }
  | { code: "unexpected" };

export function problemOf(error: unknown): Problem {
  if (!(error instanceof ApiError)) return { code: "unexpected" };
  if (error.status === 0) return { code: "api_unreachable" };
  return { code: "server", status: error.status, serverCode: error.code, detail: error.detail };
}
