import { type Api, isTransient } from "../api/client";
import type { Problem } from "../api/problem";
import type { PutFailure, PutReport, SignedUpload } from "../api/wire";
import type { PutAnswer } from "./put";

/** One report of a kind in this time says enough to whoever runs the server. */
const REPORT_EVERY_MS = 5 * 60_000;

/** Name why a PUT brought no picture to the store. */
export function failureOf({ status, begun }: Pick<PutAnswer, "status" | "begun">): PutFailure {
  if (status === 0) return begun ? "cut" : "unreachable";
  if (status === 403) return "forbidden";
  if (status === 413) return "too_large";
  return isTransient(status) ? "failing" : "refused";
}

/** Describe a failed PUT of `size` bytes by the page at the origin `page`. */
export function problemOfPut(
  { uploadURL }: Pick<SignedUpload, "uploadURL">,
  answer: PutAnswer,
  size: number,
  page: string,
): Problem & { code: "put" } {
  const { host, origin } = new URL(uploadURL);
  const stranger = origin === page ? undefined : page;
  return { code: "put", kind: failureOf(answer), status: answer.status, host, page: stranger, size };
}

/** Tells the API of failed PUTs, which it can't see by itself: each kind once in a while. */
export class Reporter {
  readonly #send: Api["report"];
  readonly #last = new Map<PutFailure, number>();

  constructor(send: Api["report"]) {
    this.#send = send;
  }

  tell(uploadToken: string, kind: PutFailure, status: number): void {
    const now = Date.now();
    const last = this.#last.get(kind);
    if (last !== undefined && now - last < REPORT_EVERY_MS) return;
    this.#last.set(kind, now);
    const report: PutReport = { uploadToken, kind };
    if (status > 0) report.status = status;
    // Nobody waits for it, and nothing depends on it.
    this.#send(report).catch(() => undefined);
  }
}
