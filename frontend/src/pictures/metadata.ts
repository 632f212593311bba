import { BrokenPicture, Bytes, type Parts } from "./bytes";
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
