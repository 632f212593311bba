// @vitest-environment node
import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { cleanName, nameOfType, renamed } from "./names";

/** What the page shows and the server publishes; tests/unit/test_filenames.py reads the same table. */
const rows: { name: string; type: string; filename: string }[] = JSON.parse(
  readFileSync("../tests/tables/names.json", "utf8"),
);

test.each(rows)("$name of $type is called $filename", ({ name, type, filename }) => {
  expect(nameOfType(cleanName(name), type)).toBe(filename);
  expect(nameOfType(filename, type)).toBe(filename);
});

test("a picture without a name gets none, and one of an unknown type keeps its own", () => {
  expect(nameOfType("", "image/png")).toBe("");
  expect(nameOfType("cat.jpg", "application/octet-stream")).toBe("cat.jpg");
  expect(nameOfType("IMG_1.HIF", "image/heic")).toBe("IMG_1.HIF");
  expect(nameOfType("IMG_1.jpg", "image/heic")).toBe("IMG_1.heic");
});

test("joiners, which some scripts and emoji need, are no danger and stay", () => {
  expect(cleanName("می\u200cخواهم 👨\u200d👩\u200d👧.png")).toBe("می\u200cخواهم 👨\u200d👩\u200d👧.png");
});

test("a file whose name is right is the same file", () => {
  const file = new File(["x"], "a.png", { type: "image/png", lastModified: 7 });
  expect(renamed(file, "a.png")).toBe(file);
  expect(renamed(file, "b.png")).toMatchObject({
    name: "b.png",
    type: "image/png",
    lastModified: 7,
    size: 1,
  });
});
