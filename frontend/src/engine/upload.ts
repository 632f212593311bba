import type { Problem } from "../api/problem";
import type { Picture } from "../api/wire";
import type { NotSmaller } from "../pictures/rework";
import type { Trace } from "../pictures/traces";

/** Why an upload waits: no network, too many requests, a server in trouble, a way that is barred, no answer. */
export type Waiting = "offline" | "limited" | "busy" | "blocked" | "unanswered";

export type UploadState =
  | { phase: "queued" }
  /** The worker reads, cleans and hashes it. */
  | { phase: "preparing" }
  | { phase: "signing" }
  | { phase: "uploading"; sentBytes: number }
  | { phase: "finishing" }
  /** Between two tries; it continues by itself. */
  | { phase: "waiting"; reason: Waiting }
  | { phase: "done"; picture: Picture; deletion: "none" | "running" | Problem }
  | { phase: "deleted" }
  /** It could not be sent this time. */
  | { phase: "failed"; problem: Problem; retryable: boolean }
  /** The server will never accept this picture. */
  | { phase: "refused"; problem: Problem }
  | { phase: "cancelled" };

export interface Sent {
  readonly size: number;
  readonly removed: readonly Trace[];
  /** Why it is larger than a person asked for; undefined if it is not. */
  readonly notSmaller?: NotSmaller | undefined;
  /** A small copy of what was converted, because the browser may not be able to show the file. */
  readonly converted?: Blob | undefined;
}

export interface Upload {
  readonly id: string;
  readonly file: File;
  readonly state: UploadState;
  /** What is in the way, while it is tried again. */
  readonly trouble?: Problem | undefined;
  /** What is sent in place of the file; undefined until the file is prepared. */
  readonly sent: Sent | undefined;
}

/** The phases in which the engine does nothing more by itself. */
const OVER: readonly UploadState["phase"][] = ["done", "deleted", "failed", "refused", "cancelled"];

export function isUnderWay({ phase }: UploadState): boolean {
  return !OVER.includes(phase);
}
