import type { Upload, UploadState } from "../engine/upload";
import type { Messages } from "../messages/en";
import { explain } from "../messages/explain";
import { summarize } from "./summary";

/** From this many files on, successes are announced together at the end. */
const CROWD = 4;

/** Return what screen readers should say about the change from one list to the next. */
export function announcements(
  before: readonly Upload[],
  after: readonly Upload[],
  messages: Messages,
): string[] {
  const { announce, upload: words } = messages;
  const said: string[] = [];
  const known = new Map(before.map((upload) => [upload.id, upload.state]));
  const added = after.filter((upload) => !known.has(upload.id)).length;
  if (added > 0) said.push(announce.added(added));

  // What is in the way of one is in the way of all.
  const delayed = after.find(({ trouble }) => trouble);
  if (delayed?.trouble && !before.some(({ trouble }) => trouble)) {
    said.push(announce.delayed(delayed.file.name || words.unnamed, explain(delayed.trouble, messages)));
  }

  const crowd = after.length >= CROWD;
  // One cause may stop hundreds: of many, each reason is said once.
  const reasons = new Set(before.flatMap(({ state }) => reasonOf(state, messages)));
  for (const { id, file, state } of after) {
    const phase = known.get(id)?.phase;
    if (phase === state.phase) continue;
    const name = file.name || words.unnamed;
    const [reason] = reasonOf(state, messages);
    if (reason && !(crowd && reasons.has(reason))) {
      said.push(state.phase === "refused" ? announce.refused(name, reason) : announce.failed(name, reason));
      reasons.add(reason);
    }
    if (state.phase === "deleted") said.push(announce.deleted(name));
    if (state.phase === "done" && !crowd) said.push(announce.done(name));
  }

  const was = summarize(before);
  const is = summarize(after);
  if (is.underWay > 0) {
    const quarter = Math.floor(is.fraction * 4);
    if (quarter > Math.floor(was.fraction * 4) && added === 0) said.push(announce.progress(quarter / 4));
  } else if (was.underWay > 0 && crowd) {
    said.push(is.troubled === 0 ? announce.finished(is.done) : announce.finishedSome(is.done, is.troubled));
  }
  return said;
}

function reasonOf(state: UploadState, messages: Messages): string[] {
  return state.phase === "refused" || state.phase === "failed" ? [explain(state.problem, messages)] : [];
}
