import { ascii, BrokenPicture, type Bytes, type Parts } from "../bytes";
import { add, behind, orientationOnly, readExif, readXmp, type Trace } from "../traces";

// WebP: RFC 9649 (2.7)

const SHOWN = new Set(["VP8 ", "VP8L", "VP8X", "ALPH", "ANIM", "ANMF", "ICCP"]);
/** The chunks of an animation frame, after its position, size and time. */
const FRAME_SHOWN = new Set(["VP8 ", "VP8L", "ALPH"]);
const FRAME_HEADER = 16;
const HAS_EXIF = 0x08;
const HAS_XMP = 0x04;

interface Chunk {
  kind: string;
  body: Bytes;
  /** With its name, its length, and the padding to an even length. */
  whole: Uint8Array<ArrayBuffer>;
}

export function webp(file: Bytes, traces: Set<Trace>): Parts {
  const end = Math.min(8 + file.unsigned(4, 4, true), file.length);
  if (end < file.length) behind(file.slice(end), traces);
  const parts: Parts = [];
  let extended: Uint8Array<ArrayBuffer> | undefined;
  let orientation = 1;
  for (const { kind, body, whole } of chunks(file, 12, end)) {
    if (kind === "VP8X") {
      extended = whole.slice();
      parts.push(extended);
    } else if (kind === "ANMF") {
      parts.push(...frame(whole, body, traces));
    } else if (SHOWN.has(kind)) {
      parts.push(whole);
    } else if (kind === "EXIF") {
      const exif = readExif(body.startsWith("Exif\0\0") ? body.slice(6) : body);
      orientation = exif.orientation;
      add(traces, exif.traces);
    } else {
      add(traces, kind === "XMP " ? readXmp(body) : ["other"]);
    }
  }
  if (extended) {
    if (extended.length < 18) throw new BrokenPicture("VP8X too short");
    let flags = extended[8] as number;
    flags &= ~(HAS_EXIF | HAS_XMP);
    if (orientation !== 1) {
      flags |= HAS_EXIF;
      const tiff = orientationOnly(orientation);
      parts.push(ascii("EXIF"), Uint8Array.of(tiff.length, 0, 0, 0), tiff);
    }
    extended[8] = flags;
  }
  return [ascii("RIFF"), length(parts, 4), ascii("WEBP"), ...parts];
}

function* chunks(file: Bytes, start: number, end: number): Generator<Chunk> {
  for (let at = start; at + 8 <= end; ) {
    const length = file.unsigned(at + 4, 4, true);
    const next = Math.min(at + 8 + length + (length % 2), end);
    const body = file.slice(at + 8, Math.min(at + 8 + length, end));
    yield { kind: file.text(at, 4), body, whole: file.data.subarray(at, next) };
    at = next;
  }
}

/** Return a frame with only the chunks that show it. */
function frame(whole: Uint8Array<ArrayBuffer>, body: Bytes, traces: Set<Trace>): Parts {
  const inner = [...chunks(body, FRAME_HEADER, body.length)];
  const shown = inner.filter(({ kind }) => FRAME_SHOWN.has(kind)).map((chunk) => chunk.whole);
  if (shown.length === inner.length) return [whole];
  traces.add("other");
  return [ascii("ANMF"), length(shown, FRAME_HEADER), body.slice(0, FRAME_HEADER).data, ...shown];
}

/** Write the total length of parts, plus `more` bytes. */
function length(parts: Parts, more: number): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(4);
  const sum = parts.reduce((sum, part) => sum + part.length, more);
  new DataView(bytes.buffer).setUint32(0, sum, true);
  return bytes;
}
