import type { Problem } from "../api/problem";
import type { Messages } from "./en";

/** Say in a person's language why a picture was not taken. */
export function explain(
  problem: Problem,
  { problem: words, bytes, bytesRoundedUp, number, types }: Messages,
): string {
  switch (problem.code) {
    case "too_large":
      return words.too_large(bytesRoundedUp(problem.size), bytes(problem.limit));
    case "too_many_pixels":
      return words.too_many_pixels(number(problem.pixels), number(problem.limit));
    case "type_not_accepted":
      return words.type_not_accepted(types(problem.accepted));
    case "put":
      return explainPut(problem, words.put, bytesRoundedUp);
    case "server": {
      const { status, serverCode, detail } = problem;
      if (serverCode === "bad_answer") return words.bad_answer(status);
      if (serverCode === "refused_by_operator") {
        // After the server's own sentence comes the reason, in the words of whoever runs it.
        const reason = detail?.replace(/^[^.]*\.\s*/, "");
        return [words.server.refused_by_operator, reason].filter(Boolean).join(" ");
      }
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
