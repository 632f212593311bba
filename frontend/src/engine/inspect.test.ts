// @vitest-environment node
import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { inspect, sniff, withinPixels } from "./inspect";
import { DEFAULT_LIMITS } from "./limits";

const latin1 = (text: string) => Uint8Array.from(text, (char) => char.charCodeAt(0));
const ftyp = (...brands: [string, ...string[]]) => {
  const [major, ...compatible] = brands;
  const size = 16 + 4 * compatible.length;
  return latin1(`\0\0\0${String.fromCharCode(size)}ftyp${major}\0\0\0\0${compatible.join("")}`);
};

const HEADS = {
  jpeg: latin1("\xff\xd8\xff\xe0\0\x10JFIF\0"),
  png: latin1("\x89PNG\r\n\x1a\n\0\0\0\rIHDR"),
  gif: latin1("GIF89a\x01\0\x01\0"),
  webp: latin1("RIFF\x24\0\0\0WEBPVP8 "),
  avif: ftyp("avif", "mif1", "miaf"),
  heic: ftyp("heic", "mif1", "heic"),
  svg: latin1('<?xml version="1.0"?>\n<!-- drawn -->\n<svg xmlns="http://www.w3.org/2000/svg"/>'),
  pdf: latin1("%PDF-1.7"),
};

const file = (head: Uint8Array, name: string, type = "") => new File([head.slice().buffer], name, { type });

test.each([
  ["jpeg", "image/jpeg"],
  ["png", "image/png"],
  ["gif", "image/gif"],
  ["webp", "image/webp"],
  ["avif", "image/avif"],
] as const)("a %s is taken as %s by its bytes, whatever its name and type say", async (kind, contentType) => {
  expect(await inspect(file(HEADS[kind], "x", ""), DEFAULT_LIMITS)).toEqual({ ok: true, contentType });
  expect(await inspect(file(HEADS[kind], "x.bmp", "image/bmp"), DEFAULT_LIMITS)).toEqual({
    ok: true,
    contentType,
  });
});

test.each([
  ["svg", "svg"],
  ["pdf", "type_not_accepted"],
] as const)("a %s is refused as %s, also under a picture's name", async (kind, code) => {
  const verdict = await inspect(file(HEADS[kind], "x.png", "image/png"), DEFAULT_LIMITS);
  expect(verdict).toMatchObject({ ok: false, problem: { code } });
});

test("a heic is taken, to be converted, unless it is too large", async () => {
  const chosen = file(HEADS.heic, "x.png", "image/png");
  expect(await inspect(chosen, DEFAULT_LIMITS)).toEqual({ ok: true, contentType: "image/heic" });
  const verdict = await inspect(chosen, { ...DEFAULT_LIMITS, maxUploadBytes: chosen.size - 1 });
  expect(verdict).toMatchObject({ ok: false, problem: { code: "too_large" } });
});

test("an AVIF, also a sequence, is known by any of its brands", () => {
  expect(sniff(ftyp("mif1", "miaf", "avif"))).toBe("image/avif");
  expect(sniff(ftyp("avis", "avif"))).toBe("image/avif");
  expect(sniff(ftyp("mif1", "heic"))).toBe("image/heic");
  expect(sniff(ftyp("mp42", "isom"))).toBeUndefined();
  // What looks like a brand outside its box does not count.
  expect(sniff(new Uint8Array([...ftyp("mp42", "isom"), ...latin1("avif")]))).toBeUndefined();
});

test("an SVG is known with a byte order mark; a text that only mentions SVG is none", () => {
  expect(sniff(latin1("\xef\xbb\xbf  <svg>"))).toBe("image/svg+xml");
  expect(sniff(latin1("<p>an <svg> in a page</p>"))).toBeUndefined();
});

test("an empty file is refused as empty, whatever its name says", async () => {
  const verdict = await inspect(new File([], "a.png"), DEFAULT_LIMITS);
  expect(verdict).toEqual({ ok: false, problem: { code: "empty" } });
});

test("the largest size is accepted, one byte more is not", async () => {
  const limits = { ...DEFAULT_LIMITS, maxUploadBytes: HEADS.png.length };
  expect((await inspect(file(HEADS.png, "a.png"), limits)).ok).toBe(true);
  const verdict = await inspect(file(new Uint8Array([...HEADS.png, 0]), "a.png"), limits);
  expect(verdict).toEqual({
    ok: false,
    problem: { code: "too_large", size: HEADS.png.length + 1, limit: HEADS.png.length },
  });
});

test("only types that this server accepts are accepted", async () => {
  const png = DEFAULT_LIMITS.contentTypes.filter((type) => type.contentType === "image/png");
  const limits = { ...DEFAULT_LIMITS, contentTypes: png };
  expect(await inspect(file(HEADS.gif, "a.gif"), limits)).toEqual({
    ok: false,
    problem: { code: "type_not_accepted", accepted: ["image/png"] },
  });
});

test("a file that no longer exists is unreadable", async () => {
  const gone = file(HEADS.png, "a.png");
  gone.slice = () => {
    const blob = new Blob();
    blob.arrayBuffer = () => Promise.reject(new DOMException("gone", "NotReadableError"));
    return blob;
  };
  expect(await inspect(gone, DEFAULT_LIMITS)).toEqual({ ok: false, problem: { code: "unreadable" } });
});

/** What the page and the command imghost take a file for; tests/unit/test_imghost.py reads the same table. */
const rows: { name: string; head: string; type: string | null }[] = JSON.parse(
  readFileSync("../tests/tables/heads.json", "utf8"),
);

test.each(rows)("the first bytes of: $name", ({ head, type }) => {
  expect(sniff(Uint8Array.from(Buffer.from(head, "hex"))) ?? null).toBe(type);
});

test("what is sent has at most as many pixels as the server takes", () => {
  const prepared = { body: new Blob(), contentType: "image/png", removed: [], sha256: undefined };
  const of = (width: number, height: number) =>
    ({ ok: true, prepared, dimensions: { width, height } }) as const;
  const limits = { ...DEFAULT_LIMITS, maxPixels: 100_000_000 };
  expect(withinPixels(of(10_000, 10_000), limits)).toEqual(of(10_000, 10_000));
  expect(withinPixels(of(10_000, 10_001), limits)).toEqual({
    ok: false,
    problem: { code: "too_many_pixels", pixels: 100_010_000, limit: 100_000_000 },
  });
  expect(withinPixels({ ok: true, prepared }, limits)).toEqual({ ok: true, prepared });
  expect(withinPixels({ ok: false, code: "broken" }, limits)).toEqual({ ok: false, code: "broken" });
});
