// @vitest-environment node
import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { moves } from "./animation";
import { Bytes } from "./bytes";

const bytes = (name: string) => new Uint8Array(readFileSync(`../tests/pictures/${name}`));
const animated = bytes("animated.gif");
/** The bytes of a GIF's first picture, with what stands before it. */
const HEAD = [
  ...animated.subarray(0, 13),
  ...animated.subarray(
    13,
    13 + ((animated[10] as number & 0x80) ? 3 * 2 ** (((animated[10] as number) & 7) + 1) : 0),
  ),
];
const FRAME = [0x2c, 0, 0, 0, 0, 1, 0, 1, 0, 0, 2, 2, 0x44, 1, 0];
const TEXT = [0x21, 0xfe, 2, 0x2c, 0x2c, 0];

test.each([
  ["animated.gif", "image/gif", true],
  ["animated.webp", "image/webp", true],
  ["still.webp", "image/webp", false],
  ["screenshot.png", "image/png", false],
  ["photo.avif", "image/avif", false],
  ["photo.jpg", "image/jpeg", false],
])("%s moves: %s, %s", (name, contentType, expected) => {
  expect(moves(new Bytes(bytes(name)), contentType)).toBe(expected);
});

test.each([
  ["one picture", [...HEAD, ...FRAME, 0x3b], false],
  ["one picture and a text", [...HEAD, ...TEXT, ...FRAME, ...TEXT, 0, 0x3b], false],
  ["one picture, and bytes after its end", [...HEAD, ...FRAME, 0x3b, ...FRAME], false],
  ["two pictures", [...HEAD, ...FRAME, ...TEXT, ...FRAME, 0x3b], true],
  ["a second picture that is cut off", [...HEAD, ...FRAME, ...FRAME.slice(0, 11)], true],
  ["a head that is cut off", HEAD.slice(0, 9), true],
] as const)("a GIF of %s moves: %s", (_, gif, expected) => {
  expect(moves(new Bytes(Uint8Array.from(gif)), "image/gif")).toBe(expected);
});
