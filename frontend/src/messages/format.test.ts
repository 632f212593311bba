// @vitest-environment node
import { afterEach, expect, test, vi } from "vitest";
import { en } from "./en";
import { explain } from "./explain";
import { formatBytes, formatsOf, regional, typeName } from "./format";
import { zh } from "./zh";

afterEach(() => vi.unstubAllGlobals());

test.each([
  [0, "0 bytes"],
  [1, "1 byte"],
  [999, "999 bytes"],
  [1024, "1 kB"],
  [831_488, "812 kB"],
  [25 * 1024 * 1024, "25 MB"],
  [2_516_582, "2.4 MB"],
  [200 * 1024 * 1024, "200 MB"],
  [1024 ** 4, "1,024 GB"],
])("%i bytes are %s", (bytes, text) => {
  expect(formatBytes(bytes, "en")).toBe(text);
});

test.each([
  ["de", "2,4 MB"],
  ["de-CH", "2.4 MB"],
  ["ar-EG", "٢٫٤ م.ب"],
])("in %s, a size has its own decimal sign and unit", (locale, text) => {
  expect(formatBytes(2_516_582, locale)).toBe(text);
});

test("a number takes the form that the language has for it", () => {
  const { plural } = formatsOf("ar");
  const forms = { zero: "صفر", one: "واحد", two: "اثنان", few: "# قليل", many: "# كثير", other: "# آخر" };
  const said = [0, 1, 2, 3, 11, 100].map((n) => plural(n, forms));
  expect(said).toEqual(["صفر", "واحد", "اثنان", "3 قليل", "11 كثير", "100 آخر"]);
  expect(formatsOf("de").plural(1_000, { one: "# Bild", other: "# Bilder" })).toBe("1.000 Bilder");
});

test("numbers are written as in the region of the reader", () => {
  vi.stubGlobal("navigator", { languages: ["en-US@posix", "fr-CH", "de-AT", "de", "es-419", "ar-EG"] });
  expect(["en", "de", "es", "ar", "ja"].map(regional)).toEqual(["en", "de-AT", "es-419", "ar-EG", "ja"]);
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

test("the reason that an operator gives is said in every language", () => {
  const problem = { code: "server", status: 422, serverCode: "refused_by_operator" } as const;
  const detail = "Whoever runs this server does not accept this picture. Cats only.";
  expect(explain({ ...problem, detail }, en)).toBe(detail);
  expect(explain({ ...problem, detail }, zh)).toBe("服务器的管理者不接受这张图片。 Cats only.");
  expect(explain({ ...problem, detail: undefined }, zh)).toBe("服务器的管理者不接受这张图片。");
});
