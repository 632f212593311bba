import type { Sent } from "../engine/upload";
import type { Messages } from "../messages/en";
import { notSmallerWords } from "../messages/sent";

/** Say what was done with a file before it was sent, and what was not; undefined if there is nothing to say. */
export function describeSent({ removed, notSmaller }: Sent, messages: Messages): string | undefined {
  const said = [
    removed.length > 0 ? messages.upload.removed([...removed]) : undefined,
    notSmaller ? notSmallerWords.in(messages)[notSmaller] : undefined,
  ];
  return said.filter(Boolean).join(" · ") || undefined;
}
