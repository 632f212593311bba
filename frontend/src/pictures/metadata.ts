import { ascii, BrokenPicture, Bytes, type Parts } from "./bytes";
import { avif } from "./strip/avif";
import { isOfGainMap, withGainMap } from "./strip/gainmap";
import { gif } from "./strip/gif";
import { webp } from "./strip/webp";
import { add, behind, orientationOnly, readExif, readXmp, TRACES, type Trace } from "./traces";

export interface Stripped {
  parts: Parts;
  /** Whether they are another file than the original. */
  changed: boolean;
  /** What it told, most telling first. */
  removed: Trace[];
}

/**
 * Take out of a picture what says more than its pixels do: EXIF, GPS, XMP, IPTC, comments, previews, and whatever
 * hangs behind its end. The pixels stay as they are, byte for byte; so do the colour profile and the orientation.
 *
 * Only what is known to be needed to show the picture is kept, for nobody knows what else may be in there.
 *
 * @throws BrokenPicture where the file's structure can't be followed, so that nobody knows what is in it.
 */
export function strip(data: Uint8Array<ArrayBuffer>, contentType: string): Stripped {
  const stripper = STRIPPERS[contentType];
  if (!stripper) throw new BrokenPicture(contentType);
  const traces = new Set<Trace>();
  const parts = stripper(new Bytes(data), traces);
  return { parts, changed: differ(parts, data), removed: TRACES.filter((trace) => traces.has(trace)) };
}

function differ(parts: Parts, data: Uint8Array<ArrayBuffer>): boolean {
  let at = 0;
  for (const part of parts) {
    const before = data.subarray(at, at + part.length);
    at += part.length;
    const moved = part.byteOffset !== before.byteOffset || part.length !== before.length;
    if (part.buffer === data.buffer ? moved : part.some((byte, index) => byte !== before[index])) return true;
  }
  return at !== data.length;
}

const STRIPPERS: Record<string, (file: Bytes, traces: Set<Trace>) => Parts> = {
  "image/jpeg": (file, traces) => withGainMap(file, traces, jpeg),
  "image/png": png,
  "image/gif": gif,
  "image/webp": webp,
  "image/avif": avif,
};

// JPEG: ITU T.81 (B.1.1), EXIF 2.32 (4.5.4)

function jpeg(file: Bytes, traces: Set<Trace>): Parts {
  const head: Parts = [];
  const parts: Parts = [];
  let orientation = 1;
  let at = 2;
  for (;;) {
    // A picture that was cut off is shown as far as it goes.
    if (at >= file.length) break;
    if (file.unsigned(at, 1) !== 0xff) throw new BrokenPicture("no marker");
    const start = at;
    while (file.unsigned(at + 1, 1) === 0xff) at++;
    const marker = file.unsigned(at + 1, 1);
    at += 2;
    if (marker === 0xd9) {
      parts.push(file.data.subarray(start, at));
      if (at < file.length) behind(file.slice(at), traces);
      break;
    }
    if (marker === 0x01 || (marker >= 0xd0 && marker <= 0xd8)) {
      parts.push(file.data.subarray(start, at));
      continue;
    }
    const length = file.unsigned(at, 2);
    if (length < 2) throw new BrokenPicture("segment too short");
    const body = file.slice(at + 2, at + length);
    at += length;
    if (marker === 0xe0 && body.startsWith("JFIF\0")) {
      // Its last two bytes are the size of a preview that follows.
      head.push(Uint8Array.of(0xff, 0xe0, 0, 16), body.slice(0, 12).data, Uint8Array.of(0, 0));
      if (body.length > 14) traces.add("preview");
    } else if (isApplication(marker) && !isForShowing(marker, body)) {
      if (marker === 0xe1 && body.startsWith("Exif\0\0")) {
        const exif = readExif(body.slice(6));
        orientation = exif.orientation;
        add(traces, exif.traces);
      } else {
        add(traces, told(marker, body));
      }
    } else {
      if (marker === 0xda) at = endOfScan(file, at);
      parts.push(file.data.subarray(start, at));
    }
  }
  if (orientation !== 1) {
    const tiff = orientationOnly(orientation);
    head.push(Uint8Array.of(0xff, 0xe1, 0, 8 + tiff.length), ascii("Exif\0\0"), tiff);
  }
  return [file.slice(0, 2).data, ...head, ...parts];
}

/** APP0 to APP15, and comments. */
function isApplication(marker: number): boolean {
  return (marker >= 0xe0 && marker <= 0xef) || marker === 0xfe;
}

function isForShowing(marker: number, body: Bytes): boolean {
  return (
    (marker === 0xe2 && body.startsWith("ICC_PROFILE\0")) ||
    // Which colours the channels are: without it some pictures turn green.
    (marker === 0xee && body.startsWith("Adobe"))
  );
}

function told(marker: number, body: Bytes): Iterable<Trace> {
  if (isOfGainMap(marker, body)) return [];
  if (marker === 0xfe) return ["text"];
  if (marker === 0xe1 && body.startsWith("http://ns.adobe.com/")) return readXmp(body);
  if (marker === 0xed && body.startsWith("Photoshop")) return ["text"];
  if (marker === 0xe0) return ["preview"];
  return ["other"];
}

/** Return where the marker behind a scan's data stands: 0xff is followed by 0 in there, or by a restart marker. */
function endOfScan(file: Bytes, start: number): number {
  const { data } = file;
  for (let at = data.indexOf(0xff, start); at >= 0 && at + 1 < data.length; at = data.indexOf(0xff, at + 1)) {
    const next = data[at + 1] as number;
    if (next !== 0 && next !== 0xff && !(next >= 0xd0 && next <= 0xd7)) return at;
  }
  return data.length;
}

// PNG: W3C PNG 3 (11)

/** What changes how the picture looks. Chunks that must be understood (a capital first letter) stay as well. */
const PNG_SHOWN = new Set(
  [
    "tRNS",
    "gAMA",
    "cHRM",
    "sRGB",
    "iCCP",
    "cICP",
    "mDCV",
    "cLLI",
    "sBIT",
    "bKGD",
    "hIST",
    "pHYs",
    "sPLT",
  ].concat(["acTL", "fcTL", "fdAT"]),
);

function png(file: Bytes, traces: Set<Trace>): Parts {
  const parts: Parts = [file.slice(0, 8).data];
  let orientation = 1;
  let at = 8;
  while (at < file.length) {
    const length = file.unsigned(at, 4);
    const kind = file.text(at + 4, 4);
    const body = file.slice(at + 8, at + 8 + length);
    const whole = file.slice(at, at + 12 + length).data;
    at += 12 + length;
    if (PNG_SHOWN.has(kind) || /^[A-Z]/.test(kind)) {
      parts.push(whole);
      if (kind !== "IEND") continue;
      if (at < file.length) behind(file.slice(at), traces);
      break;
    }
    if (kind === "eXIf") {
      const exif = readExif(body);
      orientation = exif.orientation;
      add(traces, exif.traces);
    } else if (kind === "tIME") {
      traces.add("date");
    } else if (/^(tEXt|zTXt|iTXt)$/.test(kind)) {
      add(traces, body.startsWith("XML:com.adobe.xmp\0") ? readXmp(body) : ["text"]);
    } else if (kind !== "iDOT") {
      // iDOT: where Apple's decoder may begin; it is no longer true.
      traces.add("other");
    }
  }
  // Behind the signature and the header.
  if (orientation !== 1) parts.splice(2, 0, pngChunk("eXIf", orientationOnly(orientation)));
  return parts;
}

function pngChunk(kind: string, body: Uint8Array): Uint8Array<ArrayBuffer> {
  const chunk = new Uint8Array(12 + body.length);
  const view = new DataView(chunk.buffer);
  view.setUint32(0, body.length);
  chunk.set(ascii(kind), 4);
  chunk.set(body, 8);
  view.setUint32(8 + body.length, crc32(chunk.subarray(4, 8 + body.length)));
  return chunk;
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
