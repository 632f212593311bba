import type { Problem } from "../api/problem";
import type { Upload } from "../engine/upload";
import type { Messages } from "../messages/en";
import { explain } from "../messages/explain";
import { typeName } from "../messages/format";
import { describeSent } from "./sent";

/** Return what a row says about a picture: its size and, once it is published, its type and dimensions. */
export function factsOf({ file, state, sent }: Upload, messages: Messages): string[] {
  const { upload: words, bytes } = messages;
  const facts: string[] = [];
  const picture = state.phase === "done" ? state.picture : undefined;
  const size = sent?.size ?? file.size;
  if (file.size > 0)
    facts.push(isResized(file.size, size) ? words.resized(file.size, size) : bytes(file.size));
  // After a reload the file of a published picture is gone; that of a lost or refused one, too, and its size unknown.
  else if (picture) facts.push(bytes(picture.size));
  if (picture) {
    facts.push(typeName(picture.contentType));
    if (sent?.converted) facts.push(words.converted);
    facts.push(words.dimensions(picture.width, picture.height));
    if (picture.expiresAt) facts.push(words.expires(picture.expiresAt));
  }
  const done = sent && describeSent(sent, messages);
  if (done) facts.push(done);
  return facts;
}

/** Say whether the size that was sent is worth a second number: a few kilobytes of metadata are not. */
function isResized(before: number, after: number): boolean {
  return after < 0.9 * before || after > 1.1 * before;
}

/** Return what is wrong with an upload, in a sentence. Without a network, that is all there is to say. */
export function noteOf({ state, trouble }: Upload, messages: Messages): string | undefined {
  if (state.phase === "deleted") return messages.upload.deleted;
  if (state.phase === "done") {
    const { deletion } = state;
    return typeof deletion === "object"
      ? messages.upload.deleteFailed(explain(deletion, messages))
      : undefined;
  }
  let problem: Problem | undefined;
  if (state.phase === "failed" || state.phase === "refused") problem = state.problem;
  else if (!(state.phase === "waiting" && state.reason === "offline")) problem = trouble;
  return problem && explain(problem, messages);
}
