import { BrokenPicture, Bytes, latin1, type Parts } from "./bytes";
import { avif } from "./strip/avif";
import { withGainMap } from "./strip/gainmap";
import { gif } from "./strip/gif";
import { jpeg } from "./strip/jpeg";
import { png } from "./strip/png";
import { webp } from "./strip/webp";
import { TRACES, type Trace } from "./traces";

export interface Stripped {
  parts: Parts;
  /** Whether the parts differ from the original. */
  changed: boolean;
  /** What was removed, most personal first. */
  removed: Trace[];
}

/**
 * Remove the metadata of a picture: EXIF, GPS, XMP, IPTC, comments, previews, and any data after its end. The pixels
 * stay the same, byte for byte; so do the colour profile and the orientation.
 *
 * Only what is known to be needed to show the picture is kept, because anything else may be personal.
 *
 * @throws BrokenPicture if the file's structure can't be read, so that its metadata can't be found.
 * @throws NotShown if no browser shows such a picture.
 */
export function strip(data: Uint8Array<ArrayBuffer>, contentType: string): Stripped {
  const [start, stripper] = STRIPPERS[contentType] ?? [];
  if (!start?.test(latin1(data.subarray(0, 16))) || !stripper) throw new BrokenPicture(contentType);
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

/** How a file of each type begins, and what strips it. */
const STRIPPERS: Record<string, [start: RegExp, stripper: (file: Bytes, traces: Set<Trace>) => Parts]> = {
  "image/jpeg": [/^\xff\xd8\xff/, (file, traces) => withGainMap(file, traces, jpeg)],
  // biome-ignore lint/suspicious/noControlCharactersInRegex: the signature has one
  "image/png": [/^\x89PNG\r\n\x1a\n/, png],
  "image/gif": [/^GIF8[79]a/, gif],
  "image/webp": [/^RIFF.{4}WEBP/s, webp],
  "image/avif": [/^.{4}ftyp/s, avif],
};
