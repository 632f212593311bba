import { ApiError } from "../api/client";
import { type Problem, problemOf } from "../api/problem";
import type { PictureOptions } from "../device/settings";
import type { Upload, UploadState } from "./upload";

/** An upload and what the engine must remember to send it. */
export interface Job {
  upload: Upload;
  /** Its position in the list; the keeper's key for it. */
  place: number;
  /** What was chosen when it was added; later choices are for later pictures. */
  options: PictureOptions;
  /** The page was reloaded before the file's bytes were saved, so they can't be sent again. */
  fileLost: boolean;
  /** Undefined until the file is inspected. */
  contentType: string | undefined;
  /** Under this token the bytes have arrived, or may have: only `complete` is missing. */
  uploadToken: string | undefined;
  /** A new one for each run, so that a cancelled run can't change the state of the next. */
  abort: AbortController;
}

/** One attempt to take a job from the queue to its link. */
export interface Run {
  readonly job: Job;
  readonly signal: AbortSignal;
  /** Whether this run sent the bytes itself. */
  sent: boolean;
  failures: number;
  /** How many PUTs brought no picture to the store. */
  lostPuts: number;
  /** Show a new state, unless the run was cancelled. */
  report(state: UploadState): void;
  /** Tell the person what is in the way, while the run goes on. */
  setTrouble(problem: Problem): void;
  /** Say whether the bytes have arrived: if so, the next file may be sent while this one is published. */
  setArrived(arrived: boolean): void;
}

/** Thrown to end a run in a given state. */
export class Stop extends Error {
  readonly state: UploadState;

  constructor(state: UploadState) {
    super(state.phase);
    this.state = state;
  }
}

/** The state after a file was not accepted. An unreadable file says nothing about its picture, so that is a failure. */
export function refusal(problem: Problem): UploadState {
  if (problem.code === "heic_stopped") return { phase: "failed", problem, retryable: true };
  if (problem.code === "unreadable") return { phase: "failed", problem, retryable: false };
  return { phase: "refused", problem };
}

/** The state in which an error leaves an upload: refused where the API objects to the picture, else failed. */
export function outcomeOf(error: unknown): UploadState {
  if (error instanceof Stop) return error.state;
  const problem = problemOf(error);
  const refused = error instanceof ApiError && [400, 413, 415, 422].includes(error.status);
  return refused ? { phase: "refused", problem } : { phase: "failed", problem, retryable: true };
}
