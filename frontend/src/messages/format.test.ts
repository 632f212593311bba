// @vitest-environment node
import { expect, test } from "vitest";
import { en } from "./en";
import { explain } from "./explain";
import { formatBytes, typeName } from "./format";
import { zh } from "./zh";

test.each([
  [0, "0 B"],
  [999, "999 B"],
  [1024, "1 kB"],
  [831_488, "812 kB"],
  [25 * 1024 * 1024, "25 MB"],
  [2_516_582, "2.4 MB"],
  [200 * 1024 * 1024, "200 MB"],
  [1024 ** 4, "1,024 GB"],
])("%i bytes are %s", (bytes, text) => {
  expect(formatBytes(bytes, new Intl.NumberFormat("en"))).toBe(text);
});

test("a language has its own decimal sign", () => {
  expect(formatBytes(2_516_582, new Intl.NumberFormat("de"))).toBe("2,4 MB");
});

test("types have the names that people use", () => {
  expect(["image/jpeg", "image/webp", "image/avif"].map(typeName)).toEqual(["JPEG", "WebP", "AVIF"]);
});

test("types are listed as each language writes a list", () => {
  const types = ["image/jpeg", "image/webp", "image/avif"];
  expect(en.types(types)).toBe("JPEG, WebP, or AVIF");
  expect(zh.types(types)).toBe("JPEG、WebP 或 AVIF");
});

test("a file one byte over the limit is never shown with the limit's size", () => {
  const limit = 25 * 1024 * 1024;
  expect(explain({ code: "too_large", size: limit + 1, limit }, en)).toBe(
    "This picture is 25.1 MB; the limit is 25 MB.",
  );
});

test("a problem without a sentence of ours shows the server's", () => {
  const problem = { code: "server", status: 422, serverCode: "new_code", detail: "Too blue." } as const;
  expect(explain(problem, en)).toBe("Too blue.");
  expect(explain({ ...problem, detail: undefined }, en)).toContain("422");
});
