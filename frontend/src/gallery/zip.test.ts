// @vitest-environment node
import { expect, test } from "vitest";
import { entryName, safeName } from "./zip";

test.each([
  ["holiday.jpg", 0, 9, "1 holiday.jpg"],
  ["holiday.jpg", 0, 40, "01 holiday.jpg"],
  ["holiday.jpg", 41, 500, "042 holiday.jpg"],
  ["", 0, 1, "1"],
])("%j at %i of %i is %j", (filename, index, count, name) => {
  expect(entryName(filename, index, count)).toBe(name);
});

test("a name leads out of no folder, and hides no file", () => {
  expect(safeName("../../etc/passwd")).toBe("etc passwd");
  expect(safeName("C:\\a\\b.png")).toBe("C a b.png");
  expect(safeName(".bashrc")).toBe("bashrc");
  expect(safeName("a\0b\n.png")).toBe("a b .png");
  expect(safeName("été 東京 صورة.jpg")).toBe("été 東京 صورة.jpg");
  expect(safeName("x".repeat(300))).toHaveLength(120);
});
