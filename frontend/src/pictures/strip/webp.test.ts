// @vitest-environment node
import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { ascii, concatenate, latin1 } from "../bytes";
import { strip } from "../metadata";

const size = (length: number) => Uint8Array.of(length & 255, length >> 8, 0, 0);
const chunk = (kind: string, ...parts: Uint8Array[]) => {
  const body = concatenate(parts);
  return concatenate([ascii(kind), size(body.length), body, new Uint8Array(body.length % 2)]);
};
const webp = (...chunks: Uint8Array[]) => chunk("RIFF", ascii("WEBP"), ...chunks);
const VP8X = chunk("VP8X", new Uint8Array(10));
const frame = (...chunks: Uint8Array[]) => chunk("ANMF", new Uint8Array(16), ...chunks);
const VP8 = chunk("VP8 ", ascii("pixels"));
const ALPH = chunk("ALPH", ascii("odd"));
const SECRET = chunk("what", ascii("secret"));

const stripped = (data: Uint8Array<ArrayBuffer>) => {
  const { parts, removed, changed } = strip(data, "image/webp");
  return { data: concatenate(parts), removed, changed };
};

test("a WebP loses unknown chunks, also those within frames", () => {
  const clean = webp(VP8X, chunk("ANIM", new Uint8Array(6)), frame(ALPH, VP8), frame(VP8));
  expect(stripped(clean)).toEqual({ data: clean, removed: [], changed: false });
  for (const told of [
    webp(VP8X, SECRET, chunk("ANIM", new Uint8Array(6)), frame(ALPH, VP8), frame(VP8)),
    webp(VP8X, chunk("ANIM", new Uint8Array(6)), frame(ALPH, VP8, SECRET), frame(SECRET, VP8)),
    concatenate([clean, ascii("secret")]),
  ]) {
    expect(latin1(told)).toContain("secret");
    expect(stripped(told)).toEqual({ data: clean, removed: ["other"], changed: true });
  }
});

test("an animation keeps its frames, byte for byte", () => {
  const data = Uint8Array.from(readFileSync("../tests/pictures/animated.webp"));
  const { data: after, ...rest } = stripped(data);
  expect(rest).toEqual({ removed: [], changed: false });
  expect(Buffer.compare(after, data)).toBe(0);
});
