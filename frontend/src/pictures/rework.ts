import { moves } from "./animation";
import { Bytes, concatenate } from "./bytes";
import { type Dimensions, measure } from "./dimensions";
import { tracesOf } from "./heic/colours";
import type { Decoded } from "./heic/decoder";
import { withProfile } from "./heic/profile";
import { strip } from "./metadata";
import { hasGainMap } from "./strip/gainmap";
import { TRACES, type Trace } from "./traces";

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

/** Why a picture keeps more pixels than a person asked for: it is an animation, or this browser can't draw it. */
export type NotSmaller = "moves" | "not_drawn";

/** What is sent in place of a file that was chosen. */
export interface Prepared {
  body: Blob;
  contentType: string;
  /** The metadata that was removed, most personal first. */
  removed: Trace[];
  /** Undefined if it has no more pixels than a person asked for. */
  notSmaller?: NotSmaller | undefined;
  /** Base64; undefined where the browser can't (plain http). */
  sha256: string | undefined;
  /** A small copy of a converted picture, because the browser may not be able to show the file. */
  converted?: Blob;
}

interface Reworked {
  prepared: Prepared;
  dimensions: Dimensions | undefined;
}

/** Types that this browser may decode but others can't show. */
export const CONVERTED: readonly string[] = ["image/heic"];

const AS_JPEG = { contentType: "image/jpeg", quality: 0.92 } as const;

/** Pixels; twice the size on the page, for high-density screens. */
const THUMBNAIL_SIDE = 144;
/** Decoded pixels are at most the square of this: the shorter side of a photograph has twice those of a thumbnail. */
const DECODED_SIDE = 512;

interface Small {
  picture: ImageBitmap | VideoFrame;
  width: number;
  height: number;
}

/**
 * Make and hash what is sent: converted if other browsers can't show it, smaller if a person asked for that, and
 * without metadata unless a person keeps it. The store verifies the hash. `decoded` is the picture where the browser
 * can't decode the file.
 *
 * @throws BrokenPicture if the metadata can't be found, and so can't be removed.
 * @throws NotShown if no browser shows such a picture.
 * @throws Error if the file can't be read.
 */
export async function rework(
  file: Blob,
  contentType: string,
  options: ReworkOptions,
  decoded?: Decoded,
): Promise<Reworked> {
  const original = new Uint8Array(await file.arrayBuffer());
  const { drawn, notSmaller } = await redraw(file, contentType, options, new Bytes(original), decoded);
  // A redrawn picture has no metadata, whatever a person chose; the page still lists what went.
  const looked = !CONVERTED.includes(contentType) && (drawn !== undefined || !options.keepMetadata);
  const { parts, changed, removed } = looked
    ? strip(original, contentType)
    : { parts: [original], changed: false, removed: [] };
  if (drawn) {
    const bytes = new Uint8Array(await drawn.arrayBuffer());
    const sent = { body: drawn, contentType: drawn.type };
    if (!CONVERTED.includes(contentType))
      return finish({ ...sent, removed: lost(removed, original, contentType) }, bytes);
    return finish({ ...sent, removed: tracesOf(original), converted: await thumbnail(drawn) }, bytes);
  }
  const sent = { contentType, removed, notSmaller };
  if (!changed) return finish({ ...sent, body: file }, original);
  const body = new Blob(references(parts, original, file), { type: contentType });
  return finish({ ...sent, body }, concatenate(parts));
}

/** Hash and measure what is sent, while its bytes are in memory. */
async function finish(sent: Omit<Prepared, "sha256">, bytes: Uint8Array<ArrayBuffer>): Promise<Reworked> {
  const prepared = { ...sent, sha256: await digest(bytes) };
  return { prepared, dimensions: measure(bytes, sent.contentType) };
}

/** Return what a redrawn picture has lost: a canvas drops the HDR version, which is else kept. */
function lost(removed: Trace[], original: Uint8Array<ArrayBuffer>, contentType: string): Trace[] {
  const flattened = contentType === "image/jpeg" && hasGainMap(new Bytes(original));
  return TRACES.filter((trace) => removed.includes(trace) || (flattened && trace === "hdr"));
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
  const { picture, width, height } = await decodeSmall(file);
  try {
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

/**
 * Decode a picture that is shown small. Where a browser has WebCodecs it decodes a JPEG at an eighth of its size, or
 * more: that takes half the time of createImageBitmap, and a fraction of the memory.
 */
async function decodeSmall(file: Blob): Promise<Small> {
  const whole = async () => {
    const picture = await createImageBitmap(file, { imageOrientation: "from-image" });
    return { picture, width: picture.width, height: picture.height };
  };
  // A browser whose frames know no rotation shows photographs lying on their side.
  if (file.type !== "image/jpeg" || !("VideoFrame" in self && "rotation" in VideoFrame.prototype))
    return whole();
  const decoder = new ImageDecoder({
    data: file.stream(),
    type: file.type,
    desiredWidth: DECODED_SIDE,
    desiredHeight: DECODED_SIDE,
  });
  try {
    const { image } = await decoder.decode();
    return { picture: image, width: image.displayWidth, height: image.displayHeight };
  } catch {
    // It is cut off, or no JPEG.
    return whole();
  } finally {
    decoder.close();
  }
}

function sheet(width: number, height: number) {
  const canvas = new OffscreenCanvas(width, height);
  const context = canvas.getContext("2d");
  if (!context) throw new Error("no canvas");
  context.imageSmoothingQuality = "high";
  return { canvas, context };
}

interface Redrawn {
  /** Undefined if the file is sent as it is. */
  drawn?: Blob;
  notSmaller?: NotSmaller;
}

/** Redraw the picture if it must be converted, has too many pixels, or can take fewer bytes. */
async function redraw(
  file: Blob,
  contentType: string,
  { shrink }: ReworkOptions,
  original: Bytes,
  decoded: Decoded | undefined,
): Promise<Redrawn> {
  const mustConvert = CONVERTED.includes(contentType);
  if (!mustConvert && !shrink) return {};
  const decoding = decoded?.picture ?? createImageBitmap(file, { imageOrientation: "from-image" });
  const picture = await Promise.resolve(decoding).catch((error) => {
    if (mustConvert) throw error;
  });
  // A damaged file is sent as it is: the server says what is wrong with it.
  if (!picture) return { notSmaller: "not_drawn" };
  try {
    const longest = Math.max(picture.width, picture.height);
    const scale = shrink ? Math.min(1, shrink.longestSide / longest) : 1;
    if (moves(original, contentType)) return scale < 1 ? { notSmaller: "moves" } : {};
    const drawn = await draw(picture, scale, shrink ?? AS_JPEG, contentType, decoded?.profile);
    // What has too many pixels is redrawn even if that takes more bytes, because the number of pixels was promised.
    return mustConvert || scale < 1 || drawn.size < file.size ? { drawn } : {};
  } finally {
    picture.close();
  }
}

async function draw(
  picture: ImageBitmap,
  scale: number,
  { contentType, quality }: Pick<Shrink, "contentType" | "quality">,
  before: string,
  profile: Uint8Array<ArrayBuffer> | undefined,
): Promise<Blob> {
  const width = Math.max(1, Math.round(picture.width * scale));
  const height = Math.max(1, Math.round(picture.height * scale));
  const { canvas, context } = sheet(width, height);
  if (contentType === "image/jpeg") {
    // JPEG has no transparency; without this it would turn black.
    context.fillStyle = "#fff";
    context.fillRect(0, 0, width, height);
  }
  context.drawImage(picture, 0, 0, width, height);
  const drawn = await canvas.convertToBlob({ type: contentType, quality });
  // A browser that can't write WebP returns a PNG. That is large for a photograph, which has nothing transparent.
  const photograph = before === "image/jpeg" || CONVERTED.includes(before);
  const kept =
    drawn.type === contentType || !photograph
      ? drawn
      : await canvas.convertToBlob({ type: AS_JPEG.contentType, quality });
  return profile ? withProfile(kept, profile, canvas) : kept;
}

async function digest(data: Uint8Array<ArrayBuffer>): Promise<string | undefined> {
  if (!globalThis.crypto?.subtle) return undefined;
  const hash = new Uint8Array(await crypto.subtle.digest("SHA-256", data));
  return btoa(String.fromCharCode(...hash));
}
