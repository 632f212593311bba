// @vitest-environment node
import { expect, test } from "vitest";
import { ascii, Bytes, concatenate } from "./bytes";
import { strip } from "./metadata";
import { behind, readExif, readXmp, type Trace } from "./traces";

// Handmade big-endian EXIF, with a position where cameras write none but exiftool finds one.

const u16 = (n: number) => [n >> 8, n & 255];
const u32 = (n: number) => [...u16(n >>> 16), ...u16(n & 0xffff)];
const SHORT = (n: number) => [...u16(3), ...u32(1), ...u16(n), 0, 0];
const LONG = (n: number) => [...u16(4), ...u32(1), ...u32(n)];
const [EXIF_IFD, SUB_IFDS, GPS_IFD] = [0x8769, 0x014a, 0x8825];

/** Write directories of one field each, at 8, 26, 44, …; the first points to `next` as the next directory. */
function tiff(fields: [tag: number, value: number[]][], next = 0, header = "MM\0*"): number[] {
  const start = [...header].map((character) => character.charCodeAt(0));
  const rows = fields.map(([tag, value], index) => [
    ...u16(1),
    ...u16(tag),
    ...value,
    ...u32(index === 0 ? next : 0),
  ]);
  return [...start, ...u32(8), ...rows.flat()];
}
const LATITUDE: [number, number[]] = [0x0002, SHORT(52)];
const traces = (block: number[]) => [...readExif(new Bytes(Uint8Array.from(block))).traces];

test.each([
  ["the first directory", tiff([[GPS_IFD, LONG(26)], LATITUDE]), []],
  ["a pointer of two bytes", tiff([[GPS_IFD, SHORT(26)], LATITUDE]), []],
  ["the Exif directory", tiff([[EXIF_IFD, LONG(26)], [GPS_IFD, LONG(44)], LATITUDE]), []],
  ["a directory below", tiff([[SUB_IFDS, LONG(26)], [GPS_IFD, LONG(44)], LATITUDE]), ["other"]],
  [
    "the preview's directory",
    tiff([[EXIF_IFD, LONG(62)], [GPS_IFD, LONG(44)], LATITUDE], 26),
    ["preview", "other"],
  ],
  ["a block without 42", tiff([[GPS_IFD, LONG(26)], LATITUDE], 0, "MM\0+"), []],
] as const)("a position in %s is reported", (_, block, others) => {
  expect(new Set(traces([...block]))).toEqual(new Set(["location", ...others]));
});

test("a position in the second of two segments is reported", () => {
  const block = [...tiff([[GPS_IFD, LONG(70_000)]]), ...Array(80_000).fill(0)];
  block.splice(70_000, 18, ...tiff([LATITUDE]).slice(8));
  const segments = [0, 65_000].map((at) => {
    const body = [0x45, 0x78, 0x69, 0x66, 0, 0, ...block.slice(at, at + 65_000)];
    return Uint8Array.from([0xff, 0xe1, ...u16(body.length + 2), ...body]);
  });
  const scan = [
    0xff,
    0xc0,
    ...u16(11),
    8,
    0,
    1,
    0,
    1,
    1,
    1,
    0x11,
    0,
    0xff,
    0xda,
    ...u16(8),
    1,
    1,
    0,
    0,
    0,
    0,
    1,
  ];
  const data = concatenate([Uint8Array.of(0xff, 0xd8), ...segments, Uint8Array.from([...scan, 0xff, 0xd9])]);
  expect(strip(data, "image/jpeg").removed).toEqual(["location"]);
});

test("directories that point at each other are read once", () => {
  expect(traces(tiff([[EXIF_IFD, LONG(8)]], 8))).toEqual(["preview"]);
});

const MOVIE = [...u32(24), ...ascii("ftypmp42"), ...Array(12).fill(7)];
const PREVIEW = [0xff, 0xd8, 0xff, 0xe0, 0x66, 0x66, 0xff, 0xd9];
const SAMSUNG = [0, 0, 0x30, 0x0a, 0x10, 0, 0, 0, ...ascii("MotionPhoto_Data")];

test.each([
  ["nothing but zeros", [0, 0, 0, 0], []],
  ["a video", MOVIE, ["video"]],
  ["a preview", PREVIEW, ["preview"]],
  ["a preview, then a video", [...PREVIEW, ...MOVIE], ["preview", "video"]],
  ["a maker's header, then a video", [...SAMSUNG, ...MOVIE], ["other", "video"]],
  ["text that looks like a video", [...ascii("see the ftyp box")], ["other"]],
] as [string, number[], Trace[]][])("behind a picture, %s is named", (_, rest, named) => {
  const found = new Set<Trace>();
  behind(new Bytes(Uint8Array.from(rest)), found);
  expect(found).toEqual(new Set(named));
});

test("sound and previews inside XMP are named", () => {
  const packet =
    '<rdf:Description GAudio:Mime="audio/mp4" GAudio:Data="AA"><xmpGImg:image>AA</xmpGImg:image>';
  expect(readXmp(new Bytes(ascii(packet)))).toEqual(new Set(["sound", "preview"]));
});
