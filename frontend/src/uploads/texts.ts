import type { Remark } from "./remark";

/** What a drag or a clipboard holds besides files. */
export interface Texts {
  /** What was copied or dragged, as a web page; empty if it has none. */
  html: string;
  /** Addresses: of a link, or of a picture; empty if it has none. */
  addresses: string;
}

/** Far more than a picture that is written out in a web page. */
const MAX_DATA_URL = 40_000_000;
const DATA_URL = /^data:(image\/[a-z+.-]+);base64,([A-Za-z0-9+/=\s]+)$/i;
const PICTURE_URL = /^https?:[^?#]+\.(avif|gif|jpe?g|png|webp)([?#]|$)/i;

/**
 * Take the pictures of a drag without files. Those that are written out (`data:`) are there; those at an address are
 * not: the page's policy lets it ask nobody but its own server and store (docs/security.md).
 */
export function fromTexts({ html, addresses }: Texts): { files: File[]; remark: Remark | undefined } {
  const sources = [...parse(html).images].map((image) => image.getAttribute("src") ?? "");
  const lines = addresses.split(/\r?\n/).filter((line) => line && !line.startsWith("#"));
  const files = [...new Set([...sources, ...lines])].flatMap((url) => decode(url) ?? []);
  if (files.length > 0) return { files, remark: undefined };
  const elsewhere = sources.length > 0 || lines.some((line) => PICTURE_URL.test(line));
  return { files, remark: { kind: elsewhere ? "elsewhere" : "nothingDropped" } };
}

/** Whether a web page has text besides its pictures: then a person has copied more than a picture. */
export function hasText(html: string): boolean {
  const { body } = parse(html);
  for (const unseen of body.querySelectorAll("script, style, template, title")) unseen.remove();
  return (body.textContent ?? "").trim() !== "";
}

/** Parsed so, a page loads nothing and runs nothing. */
function parse(html: string): Document {
  return new DOMParser().parseFromString(html, "text/html");
}

/** Decode a picture that is written out in its address. `fetch` would do it, but the page's policy does not let it. */
function decode(url: string): File | undefined {
  const [, type, data] = (url.length <= MAX_DATA_URL && DATA_URL.exec(url)) || [];
  if (!type || !data) return undefined;
  try {
    const bytes = Uint8Array.from(atob(data), (character) => character.charCodeAt(0));
    return new File([bytes], "", { type });
  } catch {
    return undefined;
  }
}
