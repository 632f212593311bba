import { isUnderWay, type Upload, type Waiting } from "../engine/upload";

export const FILTERS = ["all", "failed", "underWay", "done"] as const;
export type Filter = (typeof FILTERS)[number];

/** Whether the list shows an upload under a filter. */
export function passes({ state }: Upload, filter: Filter): boolean {
  switch (filter) {
    case "all":
      return true;
    case "underWay":
      return isUnderWay(state);
    case "failed":
      return state.phase === "failed" || state.phase === "refused";
    case "done":
      return state.phase === "done";
  }
}

/** Whether nothing more happens to an upload, and nothing is left to do about it. */
export function isFinished({ state }: Upload): boolean {
  return state.phase === "done" || state.phase === "deleted" || state.phase === "cancelled";
}

export function isRetryable({ state }: Upload): boolean {
  return state.phase === "failed" && state.retryable;
}

/** Return why everything waits; undefined while anything moves. */
export function standstill(uploads: readonly Upload[]): Waiting | undefined {
  let reason: Waiting | undefined;
  for (const { state } of uploads) {
    if (state.phase === "waiting") reason ??= state.reason;
    else if (isUnderWay(state) && state.phase !== "queued") return undefined;
  }
  return reason;
}
