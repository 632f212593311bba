// @vitest-environment node
import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { BrokenPicture, concatenate, latin1, NotShown } from "../bytes";
import { strip } from "../metadata";

// tests/ultrahdr.py makes the table. tests/e2e/test_gainmap.py asks exiftool and Chromium about what strip leaves.

interface Case {
  file: string;
  removed: string[];
  kept: boolean;
}
const TABLE: Record<string, Case> = JSON.parse(readFileSync("../tests/tables/gainmap.json", "utf8"));
const cases = Object.entries(TABLE).map(([name, { file, ...rest }]) => ({
  name,
  data: Uint8Array.from(atob(file), (character) => character.charCodeAt(0)),
  ...rest,
}));
const pictures = (data: Uint8Array) => latin1(data).split("\xff\xd8\xff").length - 1;

test.each(cases)(
  "a JPEG, $name, keeps its gain map or says that it is gone, and keeps nothing else",
  ({ data, removed, kept }) => {
    const once = strip(data, "image/jpeg");
    const clean = concatenate(once.parts);
    expect(once.removed).toEqual(removed);
    expect(latin1(clean)).not.toContain("secret");
    expect(pictures(clean)).toBe(kept ? 2 : 1);
    expect(strip(clean, "image/jpeg")).toMatchObject({ removed: [], changed: false });
  },
);

test("no byte of a picture's or a gain map's pixels is copied", () => {
  const { data } = cases[0] as (typeof cases)[number];
  const { parts } = strip(data, "image/jpeg");
  const written = parts.filter((part) => part.buffer !== data.buffer);
  expect(written.reduce((sum, part) => sum + part.length, 0)).toBeLessThan(2000);
  expect(written.every((part) => !latin1(part).includes("\xff\xda"))).toBe(true);
});

test.each(cases)(
  "a JPEG with a gain map, $name, that is cut off or broken is stripped or refused",
  ({ data }) => {
    const survive = (broken: Uint8Array<ArrayBuffer>) => {
      try {
        const length = strip(broken, "image/jpeg").parts.reduce((sum, part) => sum + part.length, 0);
        expect(length).toBeLessThan(2 * data.length + 2000);
      } catch (error) {
        if (!(error instanceof BrokenPicture || error instanceof NotShown)) throw error;
      }
    };
    for (let length = 4; length < data.length; length += 41) survive(data.slice(0, length));
    for (let at = 2; at < data.length; at += 41) {
      for (const lie of [0, 1, 0x7f, 0xff]) survive(data.slice().fill(lie, at, at + 1 + (at % 4)));
    }
  },
);
