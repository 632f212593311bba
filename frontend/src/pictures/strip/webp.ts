import { ascii, BrokenPicture, type Bytes, type Parts } from "../bytes";
import { add, behind, orientationOnly, readExif, readXmp, type Trace } from "../traces";

// WebP: RFC 9649 (2.7)

const WEBP_SHOWN = new Set(["VP8 ", "VP8L", "VP8X", "ALPH", "ANIM", "ANMF", "ICCP"]);
const WEBP_HAS_EXIF = 0x08;
const WEBP_HAS_XMP = 0x04;

export function webp(file: Bytes, traces: Set<Trace>): Parts {
  const end = Math.min(8 + file.unsigned(4, 4, true), file.length);
  if (end < file.length) behind(file.slice(end), traces);
  const chunks: Parts = [];
  let extended: Uint8Array<ArrayBuffer> | undefined;
  let orientation = 1;
  let at = 12;
  while (at + 8 <= end) {
    const kind = file.text(at, 4);
    const length = file.unsigned(at + 4, 4, true);
    const next = Math.min(at + 8 + length + (length % 2), end);
    const body = file.slice(at + 8, Math.min(at + 8 + length, end));
    if (kind === "VP8X") {
      extended = file.data.slice(at, next);
      chunks.push(extended);
    } else if (WEBP_SHOWN.has(kind)) {
      chunks.push(file.data.subarray(at, next));
    } else if (kind === "EXIF") {
      const exif = readExif(body.startsWith("Exif\0\0") ? body.slice(6) : body);
      orientation = exif.orientation;
      add(traces, exif.traces);
    } else {
      add(traces, kind === "XMP " ? readXmp(body) : ["other"]);
    }
    at = next;
  }
  if (extended) {
    if (extended.length < 18) throw new BrokenPicture("VP8X too short");
    let flags = extended[8] as number;
    flags &= ~(WEBP_HAS_EXIF | WEBP_HAS_XMP);
    if (orientation !== 1) {
      flags |= WEBP_HAS_EXIF;
      const tiff = orientationOnly(orientation);
      chunks.push(ascii("EXIF"), Uint8Array.of(tiff.length, 0, 0, 0), tiff);
    }
    extended[8] = flags;
  }
  const head = file.data.slice(0, 12);
  const size = chunks.reduce((sum, chunk) => sum + chunk.length, 4);
  new DataView(head.buffer).setUint32(4, size, true);
  return [head, ...chunks];
}
