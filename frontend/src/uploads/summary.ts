import { isUnderWay, type Upload } from "../engine/upload";

export interface Summary {
  done: number;
  /** Failed or refused. */
  troubled: number;
  underWay: number;
  sentBytes: number;
  totalBytes: number;
  /** The share of the bytes that is sent, 0 to 1. */
  fraction: number;
}

export function summarize(uploads: readonly Upload[]): Summary {
  const summary: Summary = { done: 0, troubled: 0, underWay: 0, sentBytes: 0, totalBytes: 0, fraction: 0 };
  let total = 0;
  let sent = 0;
  for (const { state, file, sent: body } of uploads) {
    const size = body?.size ?? file.size;
    if (isUnderWay(state)) {
      summary.underWay++;
      total += size;
      if (state.phase === "uploading") sent += Math.min(state.sentBytes, size);
      if (state.phase === "finishing") sent += size;
    } else if (state.phase === "done" || state.phase === "deleted") {
      if (state.phase === "done") summary.done++;
      total += size;
      sent += size;
    } else if (state.phase !== "cancelled") {
      summary.troubled++;
    }
  }
  summary.sentBytes = sent;
  summary.totalBytes = total;
  summary.fraction = total === 0 ? 0 : sent / total;
  return summary;
}
