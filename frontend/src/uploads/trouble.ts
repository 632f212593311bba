import type { Problem } from "../api/problem";
import type { Upload } from "../engine/upload";
import type { Messages } from "../messages/en";
import { explain } from "../messages/explain";

/** Several uploads that did not arrive, all for one reason. */
export interface OneCause {
  reason: string;
  /** The server wants an access token, or another one. */
  token: boolean;
  ids: readonly string[];
  retryable: boolean;
}

/** Return the one reason why several uploads failed; undefined if there are two reasons, or one upload. */
export function oneCause(uploads: readonly Upload[], messages: Messages): OneCause | undefined {
  const ids: string[] = [];
  let first: Problem | undefined;
  let reason = "";
  let retryable = true;
  for (const { id, state } of uploads) {
    if (state.phase !== "failed" && state.phase !== "refused") continue;
    const said = state.problem === first ? reason : explain(state.problem, messages);
    if (first && said !== reason) return undefined;
    first ??= state.problem;
    reason = said;
    retryable &&= state.phase === "failed" && state.retryable;
    ids.push(id);
  }
  const token = first?.code === "server" && first.status === 401;
  // A token is asked for at the first picture: no other one will arrive.
  return first && (token || ids.length > 1) ? { reason, token, ids, retryable } : undefined;
}
