// @vitest-environment node
import { expect, test } from "vitest";
import { ascii, BrokenPicture, concatenate } from "../bytes";
import { strip } from "../metadata";

const bytes = (...parts: (number[] | string)[]) =>
  concatenate(parts.map((part) => (typeof part === "string" ? ascii(part) : Uint8Array.from(part))));
const extension = (label: number, ...blocks: (number[] | string)[]) =>
  bytes([0x21, label], ...blocks.flatMap((block) => [[block.length], block]), [0]);
const HEADER = bytes("GIF89a", [1, 0, 1, 0, 0, 0, 0]);
const FRAME = bytes([0x2c, 0, 0, 0, 0, 1, 0, 1, 0, 0, 2, 1, 0x44, 0]);
const CONTROL = extension(0xf9, [4, 10, 0, 0]);
const LOOP = extension(0xff, "NETSCAPE2.0", [1, 5, 0]);
const gif = (...parts: Uint8Array[]) => concatenate([HEADER, ...parts, FRAME, bytes([0x3b])]);
const stripped = (data: Uint8Array<ArrayBuffer>) => {
  const { parts, removed, changed } = strip(data, "image/gif");
  return { data: concatenate(parts), removed, changed };
};

test.each([
  ["times, loops and profile", [LOOP, extension(0xff, "ICCRGBG1012", "profile", "more of it"), CONTROL]],
  ["loops by another name", [extension(0xff, "ANIMEXTS1.0", [1, 5, 0])]],
  ["loops and how much to read ahead", [extension(0xff, "NETSCAPE2.0", [1, 0, 0], [2, 0, 0, 0, 1])]],
] as const)("a GIF keeps its %s", (_, parts) => {
  expect(stripped(gif(...parts))).toEqual({ data: gif(...parts), removed: [], changed: false });
});

test.each([
  ["comment", extension(0xfe, "secret"), "text"],
  ["plain text", extension(0x01, [0, 0, 0, 0, 1, 0, 1, 0, 1, 1, 0, 1], "secret"), "text"],
  ["unknown extension", extension(0x77, "secret"), "other"],
  ["unknown application", extension(0xff, "SECRET  1.0", "secret"), "other"],
  ["application of another length", extension(0xff, "NETSCAPE2.0 ", "secret"), "other"],
  ["application with no name", extension(0xff), "other"],
  ["XMP", extension(0xff, "XMP DataXMP", "<dc:creator>secret"), "author"],
] as const)("a GIF loses its %s, and its picture keeps its time", (_, part, trace) => {
  expect(stripped(gif(LOOP, CONTROL, part))).toEqual({
    data: gif(LOOP, CONTROL),
    removed: [trace],
    changed: true,
  });
});

test.each([
  ["loops", extension(0xff, "NETSCAPE2.0", [1, 5, 0], "secret"), LOOP],
  ["time", extension(0xf9, [4, 10, 0, 0], "secret"), CONTROL],
  ["loops that are invalid", extension(0xff, "NETSCAPE2.0", "secret", [1, 5, 0]), bytes()],
  ["time that is invalid", extension(0xf9, "secret"), bytes()],
] as const)("a GIF loses what hides behind its %s", (_, part, left) => {
  expect(stripped(gif(part))).toEqual({ data: gif(left), removed: ["other"], changed: true });
});

test("a GIF that was cut off is stripped as far as it goes, or refused", () => {
  const whole = gif(LOOP, CONTROL);
  for (let length = HEADER.length; length < whole.length; length++) {
    try {
      const once = stripped(whole.slice(0, length));
      expect(stripped(once.data)).toMatchObject({ removed: [], changed: false });
    } catch (error) {
      expect(error).toBeInstanceOf(BrokenPicture);
    }
  }
});
