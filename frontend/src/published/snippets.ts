import type { Picture } from "../api/wire";
import type { SnippetFormat } from "../device/settings";

const FORMATS: readonly SnippetFormat[] = ["link", "page", "markdown", "html", "bbcode"];
/** The end of a link by which the server knows the picture (app/storage/objects.py). */
const KEY = /(?:\d{1,4}d\/)?[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12}\.[a-z\d]{1,8}$/;

/** What a snippet needs of a picture; old histories may lack the name. In an album it may have a caption. */
export type SnippetSource = Pick<Picture, "viewURL" | "width" | "height"> & {
  filename: string | null;
  caption?: string;
};

/** Return the formats there are on a server; `pageURL` is where its pictures' pages are, null if they have none. */
export function formatsOn(pageURL: string | null): readonly SnippetFormat[] {
  return FORMATS.filter((format) => format !== "page" || pageURL);
}

/**
 * Make the text to paste elsewhere. A file name is untrusted: it must not break out of any format. `pageURL` has
 * `{name}` in it, and is null on a server without pages.
 */
export function snippet(format: SnippetFormat, picture: SnippetSource, pageURL: string | null): string {
  const url = safeUrl(picture.viewURL);
  switch (format) {
    case "link":
      return picture.viewURL;
    case "page":
      return pageOf(picture.viewURL, pageURL) ?? picture.viewURL;
    case "markdown":
      return `![${escapeMarkdown(altText(picture))}](${url})`;
    case "html":
      return `<img src="${escapeHtml(url)}" width="${picture.width}" height="${picture.height}" alt="${escapeHtml(altText(picture))}">`;
    case "bbcode":
      // No name here: the tag's attributes differ from forum to forum, and so does their escaping.
      return `[img]${url}[/img]`;
  }
}

/** The address of a picture's page; undefined for a link of another server, which an old history may hold. */
function pageOf(viewURL: string, pageURL: string | null): string | undefined {
  const key = KEY.exec(viewURL)?.[0];
  // The server calls a page like this (app/storage/objects.py), so that nobody takes it for a picture.
  return key && pageURL ? pageURL.replace("{name}", key.replace(".", "-")) : undefined;
}

/** The caption, or the file's name without its extension, on one line. */
export function altText({ filename, caption }: Pick<SnippetSource, "filename" | "caption">): string {
  return (
    (caption || (filename ?? "").replace(/\.[a-z0-9]{1,5}$/i, ""))
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
