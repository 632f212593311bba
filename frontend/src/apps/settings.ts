import { ApiError } from "../api/client";

/** Stands in the settings where the access token goes; app/clients.py puts it there. */
export const MARK = "YOUR_ACCESS_TOKEN";

/** How a text is read that an access token is put into. */
export type Form = "plain" | "json" | "shell";

/**
 * Fetch the settings of a program, which carry no token.
 *
 * @param base where the API lives; empty for the page's own origin.
 * @throws ApiError
 */
export async function fetchSettings(base: string, file: string): Promise<string> {
  let response: Response;
  let text: string;
  try {
    response = await fetch(`${base}/clients/${file}`, { cache: "no-store" });
    text = await response.text();
  } catch (error) {
    throw new ApiError(0, "network", undefined, undefined, { cause: error });
  }
  // A proxy in between may answer with a page of its own, in any status.
  if (response.ok && !response.headers.get("Content-Type")?.startsWith("text/html")) return text;
  throw new ApiError(response.status, "bad_answer");
}

/** Whether a program can send this token as it is: ShareX takes some characters for commands. */
export function canSend(file: string, token: string): boolean {
  return !file.endsWith(".sxcu") || !/[%{}\\|]/.test(token);
}

/** Put an access token into the settings that `fetchSettings` has fetched. */
export function putIntoFile(file: string, text: string, token: string | undefined): string {
  if (!token) return text;
  if (file.endsWith(".sh")) return putToken(text, token, "shell");
  if (file.endsWith(".js")) return putToken(text, token, "json");
  return `${JSON.stringify(putIntoValue(JSON.parse(text), token), null, 2)}\n`;
}

/** Put an access token in place of the mark, escaped for where it stands: between single quotes in a shell's words. */
export function putToken(text: string, token: string | undefined, form: Form): string {
  if (!token) return text;
  const written = {
    plain: token,
    json: JSON.stringify(token).slice(1, -1),
    shell: token.replaceAll("'", "'\\''"),
  };
  // A function: `$&` in a token would mean something else in a text.
  return text.replaceAll(MARK, () => written[form]);
}

function putIntoValue(value: unknown, token: string): unknown {
  if (typeof value === "string" && value.includes(MARK)) {
    // Some programs keep JSON in the strings of their JSON.
    const inner = /^[[{]/.test(value) ? JSON.parse(value) : undefined;
    return inner ? JSON.stringify(putIntoValue(inner, token)) : putToken(value, token, "plain");
  }
  if (Array.isArray(value)) return value.map((each) => putIntoValue(each, token));
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, putIntoValue(each, token)]));
}
