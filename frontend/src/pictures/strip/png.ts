import { ascii, BrokenPicture, type Bytes, NotShown } from "../bytes";
import { add, behind, orientationOnly, readExif, readXmp, type Trace } from "../traces";

// PNG: W3C PNG 3 (5, 11)

/** What shows the picture, and what changes how it looks. */
const SHOWN = new Set(
  ["IHDR", "PLTE", "IDAT", "IEND", "tRNS", "gAMA", "cHRM", "sRGB", "iCCP", "cICP", "mDCV", "cLLI"].concat(
    ["sBIT", "bKGD", "hIST", "pHYs", "acTL", "fcTL", "fdAT"], // biome-ignore format: a list
  ),
);

/** Pixels; browsers show no PNG that is wider or higher (libpng's limit). */
const MAX_SIDE = 1_000_000;

export function png(file: Bytes, traces: Set<Trace>): Uint8Array<ArrayBuffer>[] {
  const parts = [file.slice(0, 8).data];
  let orientation: number | undefined;
  let pictured = false;
  let at = 8;
  while (at < file.length) {
    const [kind, length] = at + 8 <= file.length ? [file.text(at + 4, 4), file.unsigned(at, 4)] : ["", 0];
    const isPixels = kind === "IDAT" || kind === "fdAT";
    if (at + 12 + length > file.length || !/^[A-Za-z]{4}$/.test(kind) || (kind === "IHDR" && pictured)) {
      // Browsers show truncated pixels as far as they go. Other bytes after the pixels are not part of it.
      if (isPixels) parts.push(file.data.subarray(at));
      else if (pictured) behind(file.slice(at), traces);
      else throw new BrokenPicture("no chunk");
      break;
    }
    const body = file.slice(at + 8, at + 8 + length);
    const whole = file.slice(at, at + 12 + length);
    at += 12 + length;
    if (kind === "IHDR") refuseNotShown(body, parts.length > 1);
    if (kind === "IEND") {
      parts.push(length === 0 ? whole.data : chunk("IEND"));
      if (length > 0) traces.add("other");
      if (at < file.length) behind(file.slice(at), traces);
      break;
    }
    pictured ||= kind === "IDAT";
    if (SHOWN.has(kind)) {
      parts.push(whole.data);
      continue;
    }
    // A capital letter marks a critical chunk: a decoder that does not know it can't show the picture.
    if (/^[A-Z]/.test(kind) && !pictured) throw new NotShown(kind);
    if (kind === "eXIf") {
      const exif = readExif(body);
      // Browsers use the first valid EXIF chunk before the pixels.
      if (!pictured && whole.unsigned(8 + length, 4) === crc32(whole.data.subarray(4, 8 + length))) {
        orientation ??= exif.orientation;
      }
      add(traces, exif.traces);
    } else if (kind === "tIME") {
      traces.add("date");
    } else if (/^(tEXt|zTXt|iTXt)$/.test(kind)) {
      add(traces, told(body));
    } else if (kind !== "iDOT") {
      // iDOT tells Apple's decoder where to start; it would now be wrong.
      traces.add("other");
    }
  }
  // Behind the signature and the header.
  if ((orientation ?? 1) !== 1) parts.splice(2, 0, chunk("eXIf", orientationOnly(orientation ?? 1)));
  return parts;
}

/** Refuse a header whose picture no browser shows: the API has the same rules. */
function refuseNotShown(header: Bytes, second: boolean): void {
  const sides = [header.unsigned(0, 4), header.unsigned(4, 4)];
  if (second || sides.some((side) => side === 0 || side > MAX_SIDE)) throw new NotShown("header");
}

function told(text: Bytes): Iterable<Trace> {
  if (text.startsWith("XML:com.adobe.xmp\0")) return readXmp(text);
  // ImageMagick's EXIF, IPTC and XMP, from before there was eXIf.
  return /^raw profile type/i.test(text.text(0, Math.min(16, text.length))) ? ["other"] : ["text"];
}

function chunk(kind: string, body: Uint8Array = new Uint8Array()): Uint8Array<ArrayBuffer> {
  const made = new Uint8Array(12 + body.length);
  const view = new DataView(made.buffer);
  view.setUint32(0, body.length);
  made.set(ascii(kind), 4);
  made.set(body, 8);
  view.setUint32(8 + body.length, crc32(made.subarray(4, 8 + body.length)));
  return made;
}

/** W3C PNG 3 (D). */
function crc32(bytes: Uint8Array): number {
  let crc = 0xffffffff;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0xedb88320 : crc >>> 1;
  }
  return (crc ^ 0xffffffff) >>> 0;
}
