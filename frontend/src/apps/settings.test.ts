// @vitest-environment node
import { afterEach, expect, test, vi } from "vitest";
import { ApiError } from "../api/client";
import { canSend, fetchSettings, MARK, putIntoFile, putToken } from "./settings";

const NASTY = `a'b"c\\d$&e\`f$(g)%h{i}|j k`;

afterEach(() => {
  vi.unstubAllGlobals();
});

test("a token is put into JSON as JSON, also into the JSON in its strings", () => {
  const upic = [
    JSON.stringify({ data: JSON.stringify({ headers: JSON.stringify([{ value: `Bearer ${MARK}` }]) }) }),
  ];
  const text = JSON.stringify({
    url: "https://img.test",
    Headers: { Authorization: `Bearer ${MARK}` },
    upic,
    n: 1,
  });
  const filled = JSON.parse(putIntoFile("a.json", text, NASTY));
  expect(filled.url).toBe("https://img.test");
  expect(filled.n).toBe(1);
  expect(filled.Headers.Authorization).toBe(`Bearer ${NASTY}`);
  const { data } = JSON.parse(filled.upic[0]);
  expect(JSON.parse(JSON.parse(data).headers)).toEqual([{ value: `Bearer ${NASTY}` }]);
});

test("a token is put into a script in single quotes", () => {
  const text = `token='${MARK}'\necho "$token"\n`;
  expect(putIntoFile("a.sh", text, "it's $(x)")).toBe(`token='it'\\''s $(x)'\necho "$token"\n`);
});

test("a token is put into a module in double quotes", () => {
  const text = `const token = "${MARK}";\n`;
  expect(putIntoFile("a.js", text, 'a"b\\c')).toBe('const token = "a\\"b\\\\c";\n');
});

test("without a token, the file stays as it was served", () => {
  const text = `{"a":  "${MARK}"}`;
  expect(putIntoFile("a.json", text, undefined)).toBe(text);
  expect(putIntoFile("a.sh", text, undefined)).toBe(text);
});

test("what is copied is escaped for where it goes", () => {
  expect(putToken(`Bearer ${MARK}`, NASTY, "plain")).toBe(`Bearer ${NASTY}`);
  expect(JSON.parse(putToken(`{"a": "Bearer ${MARK}"}`, NASTY, "json"))).toEqual({ a: `Bearer ${NASTY}` });
  expect(putToken(`-H 'A: ${MARK}'`, "it's", "shell")).toBe("-H 'A: it'\\''s'");
});

test.each(["%", "{", "}", "\\", "|"])("ShareX can't send a token with %s; other programs can", (char) => {
  expect(canSend("sharex.sxcu", `a${char}b`)).toBe(false);
  expect(canSend("curl.sh", `a${char}b`)).toBe(true);
  expect(canSend("sharex.sxcu", "a$b'c\"d")).toBe(true);
});

test("settings are asked for without the token, and never from the cache", async () => {
  const fetched = vi.fn(async () => new Response("{}", { headers: { "Content-Type": "application/json" } }));
  vi.stubGlobal("fetch", fetched);
  expect(await fetchSettings("https://api.test", "a.json")).toBe("{}");
  expect(fetched.mock.calls).toEqual([["https://api.test/clients/a.json", { cache: "no-store" }]]);
});

test.each([
  [async () => Promise.reject(new TypeError("offline")), 0],
  [async () => new Response("{}", { status: 410 }), 410],
  [async () => new Response("<html>", { headers: { "Content-Type": "text/html; charset=utf-8" } }), 200],
])("an answer that is no settings is an error", async (answer, status) => {
  vi.stubGlobal("fetch", answer);
  const failed = await fetchSettings("", "a.json").catch((error: unknown) => error);
  expect(failed).toBeInstanceOf(ApiError);
  expect((failed as ApiError).status).toBe(status);
});
