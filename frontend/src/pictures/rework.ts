import { Bytes, concatenate } from "./bytes";
import { strip } from "./metadata";
import type { Trace } from "./traces";

/** How a picture is made smaller. */
export interface Shrink {
  /** Pixels; a smaller picture keeps its size. */
  longestSide: number;
  contentType: "image/webp" | "image/jpeg";
  /** 0 to 1. */
  quality: number;
}

export interface ReworkOptions {
  keepMetadata: boolean;
  shrink: Shrink | undefined;
}

/** What is sent in place of a file that was chosen. */
export interface Prepared {
  body: Blob;
  contentType: string;
  /** The metadata that was removed, most personal first. */
  removed: Trace[];
  /** Base64; undefined where the browser can't (plain http). */
  sha256: string | undefined;
}

/** Types that this browser may decode but others can't show. */
export const CONVERTED: readonly string[] = ["image/heic"];

const JPEG_QUALITY = 0.92;

/** Pixels; twice the size on the page, for high-density screens. */
const THUMBNAIL_SIDE = 144;

/**
 * Make and hash what is sent: converted if other browsers can't show it, smaller if a person asked for that, and
 * without metadata unless a person keeps it. The store verifies the hash.
 *
 * @throws BrokenPicture if the metadata can't be found, and so can't be removed.
 * @throws NotShown if no browser shows such a picture.
 * @throws Error if the file can't be read.
 */
export async function rework(file: Blob, contentType: string, options: ReworkOptions): Promise<Prepared> {
  const original = new Uint8Array(await file.arrayBuffer());
  const drawn = await redraw(file, contentType, options, new Bytes(original));
  // A redrawn picture has no metadata, whatever a person chose; the page still lists what went.
  const looked = !CONVERTED.includes(contentType) && (drawn !== undefined || !options.keepMetadata);
  const { parts, changed, removed } = looked
    ? strip(original, contentType)
    : { parts: [original], changed: false, removed: [] };
  if (drawn) {
    const sha256 = await digest(new Uint8Array(await drawn.arrayBuffer()));
    return { body: drawn, contentType: drawn.type, removed, sha256 };
  }
  if (!changed) return { body: file, contentType, removed, sha256: await digest(original) };
  const body = new Blob(references(parts, original, file), { type: contentType });
  return { body, contentType, removed, sha256: await digest(concatenate(parts)) };
}

/**
 * Replace views of the file by slices of it. A blob made of bytes stays in memory until a garbage collection, which may
 * come a hundred pictures later; a slice of a file stays on disk.
 */
function references(parts: Uint8Array<ArrayBuffer>[], original: Uint8Array, file: Blob): BlobPart[] {
  const named: (Uint8Array<ArrayBuffer> | { start: number; end: number })[] = [];
  for (const part of parts) {
    const last = named.at(-1);
    const [start, end] = [part.byteOffset, part.byteOffset + part.length];
    if (part.buffer !== original.buffer) named.push(part);
    else if (last && "start" in last && last.end === start) last.end = end;
    else named.push({ start, end });
  }
  return named.map((each) => ("start" in each ? file.slice(each.start, each.end) : each));
}

/** Whether this browser can turn the picture into one that all can show. */
export async function decodes(file: Blob): Promise<boolean> {
  try {
    (await createImageBitmap(file)).close();
    return true;
  } catch {
    return false;
  }
}

/** Make a small square from the middle of a picture. */
export async function thumbnail(file: Blob): Promise<Blob> {
  const picture = await createImageBitmap(file, { imageOrientation: "from-image" });
  try {
    const { width, height } = picture;
    const side = Math.min(width, height);
    const { canvas, context } = sheet(THUMBNAIL_SIDE, THUMBNAIL_SIDE);
    context.drawImage(
      picture,
      (width - side) / 2,
      (height - side) / 2,
      side,
      side,
      0,
      0,
      THUMBNAIL_SIDE,
      THUMBNAIL_SIDE,
    );
    return await canvas.convertToBlob({ type: "image/webp", quality: 0.7 });
  } finally {
    picture.close();
  }
}

function sheet(width: number, height: number) {
  const canvas = new OffscreenCanvas(width, height);
  const context = canvas.getContext("2d");
  if (!context) throw new Error("no canvas");
  context.imageSmoothingQuality = "high";
  return { canvas, context };
}

/** Redraw the picture if it must be converted or can be smaller; undefined if the file is sent as it is. */
async function redraw(
  file: Blob,
  contentType: string,
  { shrink }: ReworkOptions,
  original: Bytes,
): Promise<Blob | undefined> {
  const mustConvert = CONVERTED.includes(contentType);
  if (!mustConvert && (!shrink || moves(original, contentType))) return undefined;
  const picture = await createImageBitmap(file, { imageOrientation: "from-image" }).catch((error) => {
    if (mustConvert) throw error;
  });
  // A damaged file is sent as it is: the server says what is wrong with it.
  if (!picture) return undefined;
  try {
    const scale = shrink ? Math.min(1, shrink.longestSide / Math.max(picture.width, picture.height)) : 1;
    const width = Math.max(1, Math.round(picture.width * scale));
    const height = Math.max(1, Math.round(picture.height * scale));
    const { contentType: type, quality } = shrink ?? { contentType: "image/jpeg", quality: JPEG_QUALITY };
    const { canvas, context } = sheet(width, height);
    if (type === "image/jpeg") {
      // JPEG has no transparency; without this it would turn black.
      context.fillStyle = "#fff";
      context.fillRect(0, 0, width, height);
    }
    context.drawImage(picture, 0, 0, width, height);
    const drawn = await canvas.convertToBlob({ type, quality });
    // A browser that can't write this type returns a PNG.
    const useful = drawn.type === type && drawn.size < file.size;
    return useful || mustConvert ? drawn : undefined;
  } finally {
    picture.close();
  }
}

/** Whether the picture is an animation; a canvas would keep only its first frame. */
function moves(file: Bytes, contentType: string): boolean {
  switch (contentType) {
    case "image/gif":
      return true;
    case "image/png":
      return isAnimated(file);
    case "image/webp":
      return file.startsWith("VP8X", 12) && file.length > 20 && (file.unsigned(20, 1) & 0x02) !== 0;
    case "image/avif":
      return file.text(8, Math.min(file.unsigned(0, 4), file.length) - 8).includes("avis");
    default:
      return false;
  }
}

/** W3C PNG 3 (11.3.4.1): acTL comes before the first IDAT, after any number of other chunks. */
function isAnimated(png: Bytes): boolean {
  for (let at = 8; at + 8 <= png.length; at += 12 + png.unsigned(at, 4)) {
    if (png.startsWith("acTL", at + 4)) return true;
    if (png.startsWith("IDAT", at + 4)) return false;
  }
  return false;
}

async function digest(data: Uint8Array<ArrayBuffer>): Promise<string | undefined> {
  if (!globalThis.crypto?.subtle) return undefined;
  const hash = new Uint8Array(await crypto.subtle.digest("SHA-256", data));
  return btoa(String.fromCharCode(...hash));
}
