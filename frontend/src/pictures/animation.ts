import { BrokenPicture, type Bytes } from "./bytes";
import { countFrames } from "./strip/gif";

/** Whether the picture is an animation; a canvas would keep only its first frame. */
export function moves(file: Bytes, contentType: string): boolean {
  switch (contentType) {
    case "image/gif":
      return isAnimatedGif(file);
    case "image/png":
      return isAnimatedPng(file);
    case "image/webp":
      return file.startsWith("VP8X", 12) && file.length > 20 && (file.unsigned(20, 1) & 0x02) !== 0;
    case "image/avif":
      return file.text(8, Math.min(file.unsigned(0, 4), file.length) - 8).includes("avis");
    default:
      return false;
  }
}

function isAnimatedGif(gif: Bytes): boolean {
  try {
    return countFrames(gif, 2) > 1;
  } catch (error) {
    if (!(error instanceof BrokenPicture)) throw error;
    // Browsers show what they can of it, so nothing of it may be lost.
    return true;
  }
}

/** W3C PNG 3 (11.3.4.1): acTL comes before the first IDAT, after any number of other chunks. */
function isAnimatedPng(png: Bytes): boolean {
  for (let at = 8; at + 8 <= png.length; at += 12 + png.unsigned(at, 4)) {
    if (png.startsWith("acTL", at + 4)) return true;
    if (png.startsWith("IDAT", at + 4)) return false;
  }
  return false;
}
