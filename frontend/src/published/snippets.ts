import type { Picture } from "../api/wire";
import type { SnippetFormat } from "../device/settings";

export const SNIPPET_FORMATS: readonly SnippetFormat[] = ["link", "markdown", "html", "bbcode"];

/** What a snippet needs of a picture; old histories may lack the name. */
export type SnippetSource = Pick<Picture, "viewURL" | "width" | "height"> & { filename: string | null };

/** Make the text to paste elsewhere. A file name is untrusted: it must not break out of any format. */
export function snippet(format: SnippetFormat, picture: SnippetSource): string {
  const url = safeUrl(picture.viewURL);
  switch (format) {
    case "link":
      return picture.viewURL;
    case "markdown":
      return `![${escapeMarkdown(altText(picture))}](${url})`;
    case "html":
      return `<img src="${escapeHtml(url)}" width="${picture.width}" height="${picture.height}" alt="${escapeHtml(altText(picture))}">`;
    case "bbcode":
      // No name here: the tag's attributes differ from forum to forum, and so does their escaping.
      return `[img]${url}[/img]`;
  }
}

/** The file's name without its extension, on one line. */
export function altText({ filename }: Pick<SnippetSource, "filename">): string {
  return (
    (filename ?? "")
      .replace(/\.[a-z0-9]{1,5}$/i, "")
      // Control characters, and those that turn the direction of what follows them.
      .replace(/[\p{Cc}\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]+/gu, " ")
      .trim()
  );
}

/**
 * Escape for the inside of `![…]`. Besides the brackets also what binds tighter than they do (code spans, HTML,
 * CommonMark 6.3), and what would be taken for emphasis. `<`, `>` and `&` as entities, which older dialects
 * understand too; an underscore inside a word means nothing, so it stays.
 */
function escapeMarkdown(text: string): string {
  return text
    .replace(/[\\`*[\]~|$]|(?<![\p{L}\p{N}])_|_(?![\p{L}\p{N}])/gu, "\\$&")
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;");
}

function escapeHtml(text: string): string {
  return text
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;")
    .replaceAll('"', "&quot;")
    .replaceAll("'", "&#39;");
}

/** Percent-encode what is allowed in a URL but would end one in Markdown or BBCode. */
function safeUrl(url: string): string {
  return url.replace(
    /[\s"'()<>[\]\\]/g,
    (char) => `%${char.charCodeAt(0).toString(16).toUpperCase().padStart(2, "0")}`,
  );
}
