// @vitest-environment node
import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { measure } from "./dimensions";

/** What page and server count; tests/unit/test_inspection.py reads the same table. */
const rows: { name: string; head: string; type: string; pixels: number }[] = JSON.parse(
  readFileSync("../tests/tables/dimensions.json", "utf8"),
);

test.each(rows)("the pixels of: $name", async ({ head, type, pixels }) => {
  const { width, height } = measure(new Uint8Array(Buffer.from(head, "hex")), type) ?? {};
  expect((width ?? 0) * (height ?? 0)).toBe(pixels);
});

test.each(rows)("where the head is cut off, the server decides: $name", async ({ head, type, pixels }) => {
  const bytes = Buffer.from(head, "hex");
  for (let end = 0; end < bytes.length; end++) {
    const measured = measure(bytes.subarray(0, end), type);
    // Some formats say it early.
    if (measured) expect(measured.width * measured.height).toBe(pixels);
  }
});

test("a type that nobody measures has no known dimensions", async () => {
  expect(measure(Uint8Array.of(0), "image/heic")).toBeUndefined();
});
