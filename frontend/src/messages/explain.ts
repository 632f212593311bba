import type { Problem } from "../api/problem";
import type { Messages } from "./en";

/** Say in a person's language why a picture was not taken. */
export function explain(
  problem: Problem,
  { problem: words, bytes, bytesRoundedUp, types }: Messages,
): string {
  switch (problem.code) {
    case "too_large":
      return words.too_large(bytesRoundedUp(problem.size), bytes(problem.limit));
    case "type_not_accepted":
      return words.type_not_accepted(types(problem.accepted));
    case "put":
      return explainPut(problem, words.put, bytesRoundedUp);
    case "server": {
      const { status, serverCode, detail } = problem;
      if (serverCode === "bad_answer") return words.bad_answer(status);
      // The server's own sentence, which is English, serves where the catalogue has none.
      return words.server[serverCode] ?? detail ?? words.server_error(status);
    }
    default:
      return words[problem.code];
  }
}

function explainPut(
  { kind, host, page, status, size }: Problem & { code: "put" },
  words: Messages["problem"]["put"],
  bytes: Messages["bytes"],
): string {
  switch (kind) {
    case "unreachable":
      return words.unreachable(host, page);
    case "too_large":
      return words.too_large(host, bytes(size));
    case "refused":
    case "failing":
      return words[kind](host, status);
    default:
      return words[kind](host);
  }
}
