import { BrokenPicture, Bytes } from "./bytes";
import { type Box, firstOfEach } from "./strip/boxes";
import { readItems } from "./strip/items";

/** Pixels, as they are stored. */
export interface Dimensions {
  width: number;
  height: number;
}

/** In front of the dimensions there is rarely more, even where metadata is kept. */
const HEAD_BYTES = 1024 * 1024;

/**
 * Read how large a picture is; undefined where its first bytes don't tell.
 *
 * app/pictures/ reads the same, and refuses what is broken: tests/tables/dimensions.json tests both.
 */
export function measure(data: Uint8Array<ArrayBuffer>, contentType: string): Dimensions | undefined {
  try {
    return READERS[contentType]?.(new Bytes(data.subarray(0, HEAD_BYTES)));
  } catch (error) {
    if (error instanceof BrokenPicture) return undefined;
    throw error;
  }
}

const READERS: Record<string, (head: Bytes) => Dimensions | undefined> = {
  "image/png": (head) => ({ width: head.unsigned(16, 4), height: head.unsigned(20, 4) }),
  "image/jpeg": jpeg,
  "image/gif": gif,
  "image/webp": webp,
  "image/avif": avif,
};

function jpeg(head: Bytes): Dimensions | undefined {
  for (let at = 2; ; ) {
    // Decoders skip what lies between two segments, and markers without a segment.
    while (head.unsigned(at, 1) !== 0xff) at++;
    while (head.unsigned(at, 1) === 0xff) at++;
    const marker = head.unsigned(at++, 1);
    if (marker === 0 || marker === 1 || (marker >= 0xd0 && marker <= 0xd7)) continue;
    if (marker >= 0xc0 && marker <= 0xc2) {
      return { width: head.unsigned(at + 5, 2), height: head.unsigned(at + 3, 2) };
    }
    if (marker === 0xd9 || marker === 0xda) return undefined;
    at += Math.max(2, head.unsigned(at, 2));
  }
}

/** Browsers stretch the screen to a first frame that is larger. */
function gif(head: Bytes): Dimensions | undefined {
  const [width, height] = [head.unsigned(6, 2, true), head.unsigned(8, 2, true)];
  const flags = head.unsigned(10, 1);
  let at = 13 + (flags & 0x80 ? 3 << ((flags & 7) + 1) : 0);
  while (head.unsigned(at, 1) === 0x21) {
    at += 2;
    for (let length = head.unsigned(at, 1); length > 0; length = head.unsigned(at, 1)) at += length + 1;
    at++;
  }
  if (head.unsigned(at, 1) !== 0x2c) return undefined;
  const [left, top, frameWidth, frameHeight] = [1, 3, 5, 7].map((field) =>
    head.unsigned(at + field, 2, true),
  );
  return {
    width: Math.max(width, (left ?? 0) + (frameWidth ?? 0)),
    height: Math.max(height, (top ?? 0) + (frameHeight ?? 0)),
  };
}

function webp(head: Bytes): Dimensions | undefined {
  const three = (at: number) => head.unsigned(at, 2, true) + head.unsigned(at + 2, 1) * 0x10000;
  switch (head.text(12, 4)) {
    case "VP8X":
      return { width: three(24) + 1, height: three(27) + 1 };
    case "VP8L": {
      const bits = head.unsigned(21, 4, true);
      return { width: (bits & 0x3fff) + 1, height: ((bits >>> 14) & 0x3fff) + 1 };
    }
    case "VP8 ":
      return { width: head.unsigned(26, 2, true) & 0x3fff, height: head.unsigned(28, 2, true) & 0x3fff };
    default:
      return undefined;
  }
}

/** A still picture; how large a sequence is, only the server says. */
function avif(head: Bytes): Dimensions | undefined {
  const meta = metaOf(head);
  if (!meta || head.text(8, 4) === "avis") return undefined;
  const { primary, items, properties } = readItems(head, meta);
  const own = items.get(primary)?.properties.map(({ index }) => properties[index - 1]) ?? [];
  const extent = own.find((property) => property?.kind === "ispe");
  if (!extent) return undefined;
  return { width: head.unsigned(extent.start + 4, 4), height: head.unsigned(extent.start + 8, 4) };
}

/** The box comes before the pixels, at whose cut-off box the reading stops. */
function metaOf(head: Bytes): Box | undefined {
  const ftyp = head.unsigned(0, 4);
  const length = head.unsigned(ftyp, 4);
  if (head.text(ftyp + 4, 4) !== "meta") return undefined;
  return firstOfEach(head, ftyp, ftyp + length).get("meta");
}
