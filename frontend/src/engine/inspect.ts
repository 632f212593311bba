import type { Problem } from "../api/problem";
import type { Limits } from "../api/wire";
import type { Preparation } from "../pictures/preparer";

export type Refusal = { ok: false; problem: Problem };
export type Verdict = { ok: true; contentType: string } | Refusal;

/** Enough for every signature below, and for comments before an <svg>. */
const HEAD_BYTES = 1024;

/**
 * Judge a file before anything is sent. The bytes decide, not the name and not `file.type` (which the browser
 * derives from the name): the server looks at the bytes too, and refuses a GIF that is called .png.
 */
export async function inspect(file: File, limits: Limits): Promise<Verdict> {
  const refuse = (problem: Problem): Verdict => ({ ok: false, problem });
  let head: Uint8Array;
  try {
    head = new Uint8Array(await file.slice(0, HEAD_BYTES).arrayBuffer());
  } catch {
    return refuse({ code: "unreadable" });
  }
  if (file.size === 0) return refuse({ code: "empty" });

  const contentType = sniff(head);
  if (contentType === "image/svg+xml") return refuse({ code: "svg" });
  const accepted = limits.contentTypes.map((type) => type.contentType);
  // HEIC is converted before it is sent.
  if (!contentType || !(accepted.includes(contentType) || contentType === "image/heic")) {
    return refuse({ code: "type_not_accepted", accepted });
  }
  if (file.size > limits.maxUploadBytes) {
    return refuse({ code: "too_large", size: file.size, limit: limits.maxUploadBytes });
  }
  return { ok: true, contentType };
}

/** Refuse what has more pixels than the server takes. What is sent counts: a picture can be made smaller. */
export function withinPixels(preparation: Preparation, { maxPixels }: Limits): Preparation | Refusal {
  if (!preparation.ok || !preparation.dimensions) return preparation;
  const { width, height } = preparation.dimensions;
  const pixels = width * height;
  if (pixels <= maxPixels) return preparation;
  return { ok: false, problem: { code: "too_many_pixels", pixels, limit: maxPixels } };
}

/** The type that the first bytes announce, or undefined for what is no picture we know. */
export function sniff(head: Uint8Array): string | undefined {
  // Not TextDecoder("latin1"): by its standard that is windows-1252, which turns 0x89 into another character.
  const text = String.fromCharCode(...head);
  if (text.startsWith("\xff\xd8\xff")) return "image/jpeg";
  if (text.startsWith("\x89PNG\r\n\x1a\n")) return "image/png";
  if (text.startsWith("GIF87a") || text.startsWith("GIF89a")) return "image/gif";
  if (text.startsWith("RIFF") && text.slice(8, 12) === "WEBP") return "image/webp";
  if (text.slice(4, 8) === "ftyp") return sniffBrands(head, text);
  if (/^(\xef\xbb\xbf)?\s*<(svg|\?xml|!--|!doctype svg)/i.test(text) && /<svg[\s/>]/i.test(text)) {
    return "image/svg+xml";
  }
  return undefined;
}

/** AVIF and HEIC share a container (ISO 14496-12, HEIF); the brands in its first box tell them apart. */
function sniffBrands(head: Uint8Array, text: string): string | undefined {
  const end = Math.min(new DataView(head.buffer, head.byteOffset).getUint32(0), text.length);
  const brands = [text.slice(8, 12)];
  for (let at = 16; at + 4 <= end; at += 4) brands.push(text.slice(at, at + 4));
  if (brands.some((brand) => brand === "avif" || brand === "avis")) return "image/avif";
  if (brands.some((brand) => /^(hei[cxms]|hev[cxms])$/.test(brand))) return "image/heic";
  return undefined;
}
