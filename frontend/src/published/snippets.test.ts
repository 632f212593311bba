import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import type { SnippetFormat } from "../device/settings";
import { altText, formatsOn, type SnippetSource, snippet } from "./snippets";

const URL_ = "https://pictures.test/5e0c.png";
const NASTY = 'a](b) "x" <y>.png';

function picture(filename: string | null, viewURL = URL_): SnippetSource {
  return {
    viewURL,
    filename,
    width: 640,
    height: 480,
  };
}

const text = (format: SnippetFormat, source: SnippetSource) =>
  snippet(format, source, "https://pictures.test/p/{name}");

/** Return the element that a browser makes of the HTML snippet. */
function parsed(filename: string | null): Element {
  const body = new DOMParser().parseFromString(text("html", picture(filename)), "text/html").body;
  const [element] = body.children;
  if (!element || body.childNodes.length !== 1) throw new Error(`broke out: ${body.innerHTML}`);
  return element;
}

test("the plain forms", () => {
  const plain = picture("holiday.jpg");
  expect(text("link", plain)).toBe(URL_);
  expect(text("markdown", plain)).toBe(`![holiday](${URL_})`);
  expect(text("html", plain)).toBe(`<img src="${URL_}" width="640" height="480" alt="holiday">`);
  expect(text("bbcode", plain)).toBe(`[img]${URL_}[/img]`);
});

test.each([NASTY, `"><script>alert(1)</script>.png`, "' onerror=x '.png", "&quot;.png", "été 東京.png"])(
  "in HTML the name %s stays inside its attribute",
  (name) => {
    const image = parsed(name);
    expect(image.tagName).toBe("IMG");
    expect(image.getAttributeNames().sort()).toEqual(["alt", "height", "src", "width"]);
    expect(image.getAttribute("alt")).toBe(name.replace(/\.png$/, ""));
    expect(image.getAttribute("src")).toBe(URL_);
  },
);

test.each([
  [NASTY, String.raw`a\](b) "x" &lt;y&gt;`],
  ["a`](b)`.png", "a\\`\\](b)\\`"],
  ["ends in \\.png", "ends in \\\\"],
  ["*bold* _slanted_ IMG_2041.png", "\\*bold\\* \\_slanted\\_ IMG_2041"],
  ["&lt;.png", "&amp;lt;"],
  ["a|b $x$.png", "a\\|b \\$x\\$"],
  ["![a](b) wow!.png", "!\\[a\\](b) wow!"],
  ["two\nlines.png", "two lines"],
])("in Markdown the name %j is escaped", (name, escaped) => {
  expect(text("markdown", picture(name))).toBe(`![${escaped}](${URL_})`);
});

test("a URL can't end the snippet that contains it", () => {
  const odd = picture("a.png", `https://pictures.test/a)b[/img]"<'c d.png`);
  const encoded = "https://pictures.test/a%29b%5B/img%5D%22%3C%27c%20d.png";
  expect(text("markdown", odd)).toBe(`![a](${encoded})`);
  expect(text("bbcode", odd)).toBe(`[img]${encoded}[/img]`);
  expect(text("html", odd)).toContain(`src="${encoded}"`);
});

test.each(["0b8f3a52-6e0f-4c0c-9f43-8a35c5b7d1ee.png", "7d/0b8f3a52-6e0f-4c0c-9f43-8a35c5b7d1ee.avif"])(
  "the page of %s has its key, wherever links lead",
  (key) => {
    for (const base of ["https://pictures.test/i", "https://images.s3.amazonaws.com/uploads"])
      expect(text("page", picture("a.png", `${base}/${key}`))).toBe(
        `https://pictures.test/p/${key.replace(".", "-")}`,
      );
  },
);

test("a link of another server is its own page", () => {
  expect(text("page", picture("a.png", "https://elsewhere.test/$&.png"))).toBe(
    "https://elsewhere.test/$&.png",
  );
});

test("a server without pages has no links to them", () => {
  expect(formatsOn(null)).toEqual(["link", "markdown", "html", "bbcode"]);
  expect(formatsOn("https://pictures.test/p/{name}")).toEqual(["link", "page", "markdown", "html", "bbcode"]);
});

test("the alternative text is the name without its extension, on one line", () => {
  expect(altText({ filename: "archive.tar.png" })).toBe("archive.tar");
  expect(altText({ filename: "no extension" })).toBe("no extension");
  expect(altText({ filename: "gpj.\u202eevil.png" })).toBe("gpj. evil");
  expect(altText({ filename: null })).toBe("");
  expect(altText({ filename: "a.png", caption: "At the sea, see fig.2" })).toBe("At the sea, see fig.2");
  expect(altText({ filename: "a.png", caption: "" })).toBe("a");
});

/** What the page and the command imghost make of a picture; tests/unit/test_imghost.py reads the same table. */
interface Row {
  filename: string;
  viewURL: string;
  markdown: string;
  html: string;
  bbcode: string;
}
const rows: Row[] = JSON.parse(readFileSync("../tests/tables/snippets.json", "utf8"));

test.each(rows)("$filename is written as imghost writes it", ({ filename, viewURL, ...forms }) => {
  const { markdown, html, bbcode } = forms;
  const source = picture(filename, viewURL);
  expect({
    markdown: text("markdown", source),
    html: text("html", source),
    bbcode: text("bbcode", source),
  }).toEqual({ markdown, html, bbcode });
});
