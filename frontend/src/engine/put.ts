import { parseRetryAfter } from "../api/client";
import type { SignedUpload } from "../api/wire";

/** The store's answer to the PUT; `status` 0 means that none was received. */
export interface PutAnswer {
  status: number;
  /** Every byte was sent, so the picture may have arrived although no answer came. */
  sentAll: boolean;
  /** The store's host let the browser begin to send. */
  begun: boolean;
  retryAfter: number | undefined;
}

export interface PutOptions {
  signal: AbortSignal;
  onProgress: (sentBytes: number) => void;
}

export type Put = (
  signed: Pick<SignedUpload, "uploadURL" | "method" | "headers">,
  body: Blob,
  options: PutOptions,
) => Promise<PutAnswer>;

/** If no byte moves for this long, the connection counts as dead, and the upload starts again. */
const STALL_MS = 90_000;

/** A progress bar that grows five times a second looks as if it never stopped; each time the page is drawn again. */
const PROGRESS_MS = 200;

/** Send the bytes by XMLHttpRequest: fetch reports no upload progress. Rejects only when aborted. */
export const put: Put = (signed, body, { signal, onProgress }) =>
  new Promise((resolve, reject) => {
    if (signal.aborted) {
      reject(signal.reason);
      return;
    }
    const xhr = new XMLHttpRequest();
    const abort = () => xhr.abort();
    let sentAll = false;
    let begun = false;
    let toldAt = 0;
    let stall: ReturnType<typeof setTimeout> | undefined;
    const watch = () => {
      clearTimeout(stall);
      stall = setTimeout(abort, STALL_MS);
    };
    const progress = (sent: number) => {
      watch();
      if (sent > 0) begun = true;
      if (sent >= body.size) sentAll = true;
      if (!sentAll && performance.now() < toldAt + PROGRESS_MS) return;
      toldAt = performance.now();
      onProgress(Math.min(sent, body.size));
    };

    xhr.upload.addEventListener("progress", (event) => progress(event.loaded));
    xhr.upload.addEventListener("load", () => progress(body.size));
    xhr.addEventListener("loadend", () => {
      clearTimeout(stall);
      signal.removeEventListener("abort", abort);
      if (signal.aborted) {
        reject(signal.reason);
        return;
      }
      const { status } = xhr;
      // Asking for a header that CORS does not expose makes the browser complain on the console.
      const readable = xhr.getAllResponseHeaders().toLowerCase().includes("retry-after:");
      resolve({
        status,
        sentAll,
        begun,
        retryAfter: readable ? parseRetryAfter(xhr.getResponseHeader("Retry-After")) : undefined,
      });
    });
    signal.addEventListener("abort", abort);

    xhr.open(signed.method, signed.uploadURL);
    for (const [name, value] of Object.entries(signed.headers)) xhr.setRequestHeader(name, value);
    watch();
    xhr.send(body);
  });
