// @vitest-environment node
import { readdirSync, readFileSync } from "node:fs";
import { crc32 } from "node:zlib";
import { expect, test } from "vitest";
import { sniff } from "../engine/inspect";
import { ascii, BrokenPicture, concatenate, latin1 } from "./bytes";
import { strip } from "./metadata";

type Bytes = Uint8Array<ArrayBuffer>;

const join = (...parts: (ArrayLike<number> | string)[]): Bytes =>
  Uint8Array.from(parts.flatMap((part) => (typeof part === "string" ? [...ascii(part)] : Array.from(part))));
const u16 = (n: number) => Uint8Array.of(n >> 8, n & 255);
const u32 = (n: number) => join(u16(n >>> 16), u16(n & 0xffff));
const stripped = (data: Bytes, type: string) => {
  const { parts, removed, changed } = strip(data, type);
  return { data: concatenate(parts), removed, changed };
};

const PICTURES = "../tests/pictures/";
const real = readdirSync(PICTURES)
  .filter((name) => !name.endsWith(".md"))
  .map((name) => [name, new Uint8Array(readFileSync(PICTURES + name))] as [string, Bytes]);

test.each(real)("%s is clean afterwards: a second strip changes nothing", (_, data) => {
  const type = sniff(data.subarray(0, 1024)) ?? "";
  const once = stripped(data, type);
  expect(once.data.length).toBeLessThanOrEqual(data.length);
  const { data: again, ...twice } = stripped(once.data, type);
  expect(twice).toEqual({ removed: [], changed: false });
  // To compare byte for byte, as toEqual does, takes a second for each picture.
  expect(Buffer.compare(again, once.data)).toBe(0);
});

test.each(real)("%s, cut off anywhere, is stripped or refused; strip never hangs", (_, data) => {
  const type = sniff(data.subarray(0, 1024)) ?? "";
  for (let length = 16; length < data.length; length = Math.ceil(length * 1.07)) {
    try {
      strip(data.slice(0, length), type);
    } catch (error) {
      expect(error).toBeInstanceOf(BrokenPicture);
    }
  }
});

// JPEG

const segment = (marker: number, ...body: (Uint8Array | string)[]) => {
  const content = join(...body);
  return join(Uint8Array.of(0xff, marker), u16(content.length + 2), content);
};
const SOI = Uint8Array.of(0xff, 0xd8);
const EOI = Uint8Array.of(0xff, 0xd9);
const TABLE = segment(0xdb, "quantization");
const FRAME = segment(0xc0, Uint8Array.of(8, 0, 1, 0, 1, 1, 1, 0x11, 0));
// Its data have a stuffed 0xff and a restart marker.
const SCAN = join(segment(0xda, "scan"), Uint8Array.of(1, 0xff, 0, 2, 0xff, 0xd3, 3));
const jpeg = (...segments: Uint8Array[]) => join(SOI, ...segments, TABLE, FRAME, SCAN, EOI);

function tiff(entries: [tag: number, type: number, count: number, value: Uint8Array][], extra = ""): Bytes {
  const rows = entries.map(([tag, type, count, value]) => join(u16(tag), u16(type), u32(count), value));
  return join("MM", u16(42), u32(8), u16(entries.length), ...rows, u32(0), extra);
}
const exif = (...entries: Parameters<typeof tiff>[0]) => segment(0xe1, "Exif\0\0", tiff(entries));
const ORIENTATION: Parameters<typeof tiff>[0][number] = [0x0112, 3, 1, join(u16(6), u16(0))];
const CAMERA: Parameters<typeof tiff>[0][number] = [0x010f, 2, 4, ascii("Cam\0")];

test("a JPEG keeps what changes how it is shown, and its orientation", () => {
  const icc = segment(0xe2, "ICC_PROFILE\0\x01\x01profile");
  const adobe = segment(0xee, "Adobe\0d\0\0\0\0\x01");
  const jfif = segment(0xe0, "JFIF\0\x01\x02\0\0\x48\0\x48\0\0");
  const data = jpeg(jfif, exif(CAMERA, ORIENTATION), icc, adobe);
  expect(stripped(data, "image/jpeg")).toEqual({
    data: jpeg(jfif, exif(ORIENTATION), icc, adobe),
    removed: ["camera"],
    changed: true,
  });
});

test.each([
  ["comment", segment(0xfe, "at home"), "text"],
  ["IPTC", segment(0xed, "Photoshop 3.0\0 8BIM at home"), "text"],
  [
    "XMP with a position",
    segment(0xe1, "http://ns.adobe.com/xap/1.0/\0<a exif:GPSLatitude='1'/>"),
    "location",
  ],
  ["XMP of another kind", segment(0xe1, "http://ns.adobe.com/xmp/extension/\0..."), "other"],
  ["second EXIF", exif(CAMERA), "camera"],
  ["EXIF that is broken", segment(0xe1, "Exif\0\0MM"), "other"],
  ["more pictures (MPF)", segment(0xe2, "MPF\0..."), "other"],
  ["unknown application", segment(0xeb, "JP"), "other"],
] as const)("a JPEG loses its %s", (_, secret, trace) => {
  const result = stripped(jpeg(secret), "image/jpeg");
  expect(result).toEqual({ data: jpeg(), removed: [trace], changed: true });
});

test("a JPEG loses what follows its end, and the preview in its JFIF header", () => {
  expect(stripped(join(jpeg(), SOI, "a preview"), "image/jpeg")).toEqual({
    data: jpeg(),
    removed: ["preview"],
    changed: true,
  });
  const jfif = (tail: string) => segment(0xe0, `JFIF\0\x01\x02\0\0\x48\0\x48${tail}`);
  expect(stripped(jpeg(jfif("\x01\x01rgb")), "image/jpeg").data).toEqual(jpeg(jfif("\0\0")));
});

test("a JPEG whose segments are broken is refused", () => {
  for (const broken of [["?".charCodeAt(0)], [0xff, 0xe1, 0, 1], [0xff, 0xe1, 0xff, 0xff, 1], FRAME]) {
    const data = join(SOI, broken);
    expect(() => strip(data, "image/jpeg")).toThrow(BrokenPicture);
  }
});

test("a JPEG that was cut off within its last scan keeps the rest of that scan", () => {
  const photo = real.find(([name]) => name === "photo.jpg")?.[1] as Bytes;
  const scan = latin1(photo).lastIndexOf("\xff\xda");
  for (let length = scan + 100; length < photo.length - 100; length *= 2) {
    const { data } = stripped(photo.slice(0, length), "image/jpeg");
    expect(Buffer.compare(data.subarray(scan - length), photo.subarray(scan, length))).toBe(0);
  }
});

test("a JPEG with damaged data keeps what follows the next restart", () => {
  const codes = segment(0xc4, "\0\x01", new Uint8Array(16));
  const harmed = join(TABLE, FRAME, codes, segment(0xdd, "\0\x01"), SCAN, [0xff, 0x65], [0xff, 0xd4, 5], EOI);
  expect(stripped(join(SOI, harmed), "image/jpeg").data).toEqual(join(SOI, harmed));
});

test("a JPEG with neither an end nor Huffman codes is refused", () => {
  expect(() =>
    strip(join(SOI, TABLE, FRAME, segment(0xda, "\x01\x01\0\0\x3f\0"), "data"), "image/jpeg"),
  ).toThrow(BrokenPicture);
});

// PNG

const SIGNATURE = Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a);
const chunk = (kind: string, body: Uint8Array | string = "") =>
  join(u32(body.length), kind, join(body), u32(crc32(join(kind, join(body)))));
const png = (...chunks: Uint8Array[]) =>
  join(
    SIGNATURE,
    chunk("IHDR", "\0\0\0\x01\0\0\0\x01\x08\0\0\0\0"),
    ...chunks,
    chunk("IDAT", "pixels"),
    chunk("IEND"),
  );

test.each([
  ["tEXt", "Comment\0at home", "text"],
  ["iTXt", "XML:com.adobe.xmp\0\0\0\0\0<a tiff:Make='x'/>", "camera"],
  ["tIME", "1234567", "date"],
  ["eXIf", tiff([CAMERA]), "camera"],
  ["caBX", "who made it", "other"],
] as const)("a PNG loses its %s", (kind, body, trace) => {
  expect(stripped(png(chunk(kind, body)), "image/png")).toEqual({
    data: png(),
    removed: [trace],
    changed: true,
  });
});

test("a PNG that was cut off within its pixels stays as it is", () => {
  const whole = png();
  const cut = whole.slice(0, whole.length - 12 - 6);
  expect(stripped(cut, "image/png")).toEqual({ data: cut, removed: [], changed: false });
});

test("a PNG keeps what changes how it is shown, and its orientation with a right checksum", () => {
  const shown = ["sRGB", "gAMA", "iCCP", "pHYs", "acTL", "tRNS"].map((kind) => chunk(kind, "x"));
  expect(stripped(png(...shown), "image/png")).toEqual({ data: png(...shown), removed: [], changed: false });
  const { data } = stripped(png(chunk("eXIf", tiff([CAMERA, ORIENTATION]))), "image/png");
  expect(latin1(data)).toContain(latin1(chunk("eXIf", tiff([ORIENTATION]))));
});

// GIF and WebP

test("a GIF loses its comment and what follows its end, and stays animated", () => {
  const header = join("GIF89a", [1, 0, 1, 0, 0, 0, 0]);
  const loop = join([0x21, 0xff, 11], "NETSCAPE2.0", [3, 1, 0, 0, 0]);
  const frame = Uint8Array.of(0x2c, 0, 0, 0, 0, 1, 0, 1, 0, 0, 2, 1, 0x44, 0);
  const comment = join([0x21, 0xfe, 7], "at home", [0]);
  const end = Uint8Array.of(0x3b);
  expect(stripped(join(header, loop, comment, frame, end, "more"), "image/gif")).toEqual({
    data: join(header, loop, frame, end),
    removed: ["text", "other"],
    changed: true,
  });
});

test("a WebP loses EXIF and XMP, and its header says so; its orientation stays", () => {
  const le32 = (n: number) => u32(n).reverse() as Bytes;
  const riff = (kind: string, body: Uint8Array | string) =>
    join(kind, le32(body.length), join(body), body.length % 2 ? "\0" : "");
  const webp = (...chunks: Uint8Array[]) => {
    const body = join("WEBP", ...chunks);
    return join("RIFF", le32(body.length), body);
  };
  const header = (flags: number) => riff("VP8X", join(Uint8Array.of(flags), "\0\0\0\0\0\0\0\0\0"));
  const data = webp(
    header(0x2c),
    riff("VP8 ", "pixel"),
    riff("EXIF", tiff([CAMERA, ORIENTATION])),
    riff("XMP ", "<x/>"),
  );
  expect(stripped(data, "image/webp")).toEqual({
    data: webp(header(0x28), riff("VP8 ", "pixel"), riff("EXIF", tiff([ORIENTATION]))),
    removed: ["camera", "other"],
    changed: true,
  });
});
