// @vitest-environment node
import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { sniff } from "../../engine/inspect";
import { ascii, BrokenPicture, concatenate, latin1 } from "../bytes";
import { strip } from "../metadata";
import { box, fullBox, numbers } from "./boxes";

// tests/avif_cases.py makes the table. tests/unit/test_avif.py compares the API with it, and tests/e2e/test_avif.py
// Chromium, which must show each picture as before.

interface Case {
  file: string;
  shown: [number, number] | null;
  removed: string[];
}
const TABLE: Record<string, Case> = JSON.parse(readFileSync("../tests/tables/avif.json", "utf8"));
const cases = Object.entries(TABLE).map(([name, { file, ...rest }]) => ({
  name,
  data: Uint8Array.from(atob(file), (character) => character.charCodeAt(0)),
  ...rest,
}));
const shown = cases.filter((each) => each.shown !== null);
const hidden = cases.filter((each) => each.shown === null);

test.each(shown)(
  "an AVIF, $name, loses what is not shown, and loses nothing the second time",
  ({ data, removed }) => {
    expect(sniff(data)).toBe("image/avif");
    const once = strip(data, "image/avif");
    const clean = concatenate(once.parts);
    expect(once.removed).toEqual(removed);
    expect(latin1(clean)).not.toContain("secret");
    const twice = strip(clean, "image/avif");
    expect(twice).toMatchObject({ removed: [], changed: false });
    expect(concatenate(twice.parts)).toEqual(clean);
  },
);

test.each(hidden)("an AVIF that no browser shows, $name, is refused as the API refuses it", ({ data }) => {
  const refused = sniff(data) !== "image/avif";
  if (!refused) expect(() => strip(data, "image/avif")).toThrow(BrokenPicture);
});

test("the pixels of an AVIF are not copied, and little is rewritten", () => {
  const { data } = cases.find(({ name }) => name === "Exif and XMP") as (typeof cases)[number];
  const { parts } = strip(data, "image/avif");
  const [pixels, ...more] = parts.filter((part) => part.buffer === data.buffer);
  expect(more).toEqual([]);
  expect(pixels?.length).toBe(64);
  expect(latin1(concatenate(parts))).toHaveLength(330);
});

/** Strip any bytes. The only error allowed is that they are no picture. */
function survive(data: Uint8Array<ArrayBuffer>): void {
  try {
    const { parts } = strip(data, "image/avif");
    const length = parts.reduce((sum, part) => sum + part.length, 0);
    // Rewritten boxes are no longer than the originals, except that some numbers get wider.
    expect(length).toBeLessThan(2 * data.length + 1000);
  } catch (error) {
    if (!(error instanceof BrokenPicture)) throw error;
  }
}

test.each(shown)("an AVIF, $name, cut off anywhere is stripped or refused", ({ data }) => {
  for (let length = 0; length < data.length; length += 5) survive(data.slice(0, length));
});

/** Yield the same numbers on every run: the linear congruential generator of Numerical Recipes. */
function* random(seed: number): Generator<number, never> {
  for (let state = seed; ; ) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    yield state >>> 8;
  }
}

test.each(shown)("an AVIF, $name, with broken bytes is stripped or refused", ({ data, name }) => {
  const numbers = random(name.length + data.length);
  const below = (limit: number) => numbers.next().value % limit;
  const lies = [0, 1, 2, 7, 8, 0x7f, 0x80, 0xfe, 0xff];
  for (let round = 0; round < 40; round++) {
    const broken = data.slice();
    for (let times = 1 + below(4); times > 0; times--) {
      const at = below(broken.length);
      broken.fill(lies[below(lies.length)] as number, at, at + 1 + below(4));
      if (below(4) === 0) broken[at] = below(256);
    }
    survive(broken);
  }
});

const FTYP = box("ftyp", [ascii("avif\0\0\0\0avif")]);
const ITEM = fullBox("infe", 2, 0, [numbers(2, [1, 0]), ascii("av01\0")]);
const ITEMS = fullBox("iinf", 0, 0, [numbers(2, [1]), ITEM]);
const meta = (...more: Uint8Array[]) => {
  const pitm = fullBox("pitm", 0, 0, [numbers(2, [1])]);
  return concatenate([FTYP, fullBox("meta", 0, 0, [pitm, ITEMS, ...more])]);
};
const bytes = (length: number) => new Uint8Array(length);

test.each([
  // A few megabytes of items with 65,535 extents of no bytes each would take an hour.
  [
    "extents that take no room",
    meta(fullBox("iloc", 0, 0, [numbers(2, [0, 0xffff]), bytes(6 * 0xffff).fill(0xff)])),
  ],
  [
    "extents",
    meta(fullBox("iloc", 2, 0, [numbers(2, [0x4400]), numbers(4, [2 ** 31]), bytes(4_000_000).fill(1)])),
  ],
  [
    "properties",
    meta(
      box("iprp", [
        box("ipco", []),
        fullBox("ipma", 0, 0, [numbers(4, [2 ** 31]), bytes(4_000_000).fill(1)]),
      ]),
    ),
  ],
  [
    "references",
    meta(fullBox("iref", 0, 0, Array(4).fill(box("dimg", [numbers(2, [1, 0xffff]), bytes(131_070)])))),
  ],
  ["alternatives", meta(box("grpl", [fullBox("altr", 0, 0, [numbers(4, [1, 2 ** 32 - 1]), bytes(1000)])]))],
  ["boxes", meta(...Array(100_001).fill(box("free", [])))],
])("an AVIF with too many %s is refused before they are read", (_, data) => {
  expect(() => strip(data, "image/avif")).toThrow(/too many|no length/);
});
