// @vitest-environment node
import { expect, test } from "vitest";
import { createPastedNames } from "./pastedNames";

const png = (name: string) => new File(["x"], name, { type: "image/png", lastModified: 7 });

test("pasted pictures are named by the time, and differ within a second", () => {
  let now = new Date(2026, 10, 27, 9, 41, 5);
  const named = createPastedNames(() => now);
  const names = () => named(png("image.png")).name;
  expect([names(), names(), names()]).toEqual([
    "pasted-2026-11-27-09.41.05.png",
    "pasted-2026-11-27-09.41.05-2.png",
    "pasted-2026-11-27-09.41.05-3.png",
  ]);
  now = new Date(2026, 10, 27, 9, 41, 6);
  expect(names()).toBe("pasted-2026-11-27-09.41.06.png");
  expect(named(png("image.JPG")).name).toBe("pasted-2026-11-27-09.41.06-2.jpg");
  expect(named(png("")).name).toBe("pasted-2026-11-27-09.41.06-3.png");
});

test("a file with a name of its own keeps it, and its type and time in any case", async () => {
  const named = createPastedNames();
  const own = png("image of a cat.png");
  expect(named(own)).toBe(own);
  const { type, lastModified, size } = named(png("image.png"));
  expect([type, lastModified, size]).toEqual(["image/png", 7, 1]);
});
