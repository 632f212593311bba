import type { Problem } from "../api/problem";
import type { Picture } from "../api/wire";
import type { Trace } from "../pictures/traces";

export type UploadState =
  | { phase: "queued" }
  /** The worker reads, cleans and hashes it. */
  | { phase: "preparing" }
  | { phase: "signing" }
  | { phase: "uploading"; sentBytes: number }
  | { phase: "finishing" }
  /** Between two tries; it continues by itself. */
  | { phase: "waiting"; reason: "offline" | "retry" }
  | { phase: "done"; picture: Picture; deletion: "none" | "running" | Problem }
  | { phase: "deleted" }
  /** It could not be sent this time. */
  | { phase: "failed"; problem: Problem; retryable: boolean }
  /** The server will never accept this picture. */
  | { phase: "refused"; problem: Problem }
  | { phase: "cancelled" };

export interface Upload {
  readonly id: string;
  readonly file: File;
  readonly state: UploadState;
  /** What is in the way, while it is tried again. */
  readonly trouble?: Problem | undefined;
  /** What is sent in place of the file; undefined until the file is prepared. */
  readonly sent: { readonly size: number; readonly removed: readonly Trace[] } | undefined;
}

/** The phases in which the engine does nothing more by itself. */
const OVER: readonly UploadState["phase"][] = ["done", "deleted", "failed", "refused", "cancelled"];

export function isUnderWay({ phase }: UploadState): boolean {
  return !OVER.includes(phase);
}
