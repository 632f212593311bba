import { expect, test } from "vitest";
import { fromTexts, hasText } from "./texts";

const DOT = "data:image/gif;base64,R0lGODlhAQABAAAAACw=";

test("a picture that is written out in what is dragged is taken, once", async () => {
  const { files, remark } = fromTexts({ html: `<a href="/"><img src="${DOT}"></a>`, addresses: DOT });
  expect([files.length, files[0]?.type, remark]).toEqual([1, "image/gif", undefined]);
  const head = new Uint8Array((await files[0]?.arrayBuffer()) ?? new ArrayBuffer());
  expect(String.fromCharCode(...head.slice(0, 6))).toBe("GIF89a");
});

test.each([
  ["a picture", '<img src="https://other.test/cat">', "https://other.test/cat"],
  ["a picture in a link", '<a href="https://other.test/"><img src="/a.png"></a>', "https://other.test/"],
  ["a picture's address", "", "# a comment\r\nhttps://other.test/cat.JPG?size=1\r\n"],
  ["a picture of a page's own", '<img src="blob:https://other.test/1-2-3">', ""],
])("%s of another site is not fetched", (_, html, addresses) => {
  expect(fromTexts({ html, addresses })).toEqual({ files: [], remark: { kind: "elsewhere" } });
});

test.each([
  ["a link", '<a href="https://other.test/">there</a>', "https://other.test/"],
  ["text", "", ""],
  ["a script", "", "javascript:alert(1)"],
  ["a page that is written out", "", "data:text/html;base64,PHA+"],
  ["a picture that is broken", "", "data:image/png;base64,=AAA"],
])("%s is no picture", (_, html, addresses) => {
  expect(fromTexts({ html, addresses })).toEqual({ files: [], remark: { kind: "nothingDropped" } });
});

test.each([
  ['<meta charset=\'utf-8\'><img src="https://other.test/a.png" alt="a cat"/>', false],
  [
    "<html><head><style>p { color: red }</style></head><body><p>&nbsp;<img src='a.png'></p></body></html>",
    false,
  ],
  ["<body><style>p { color: red }</style><!-- a comment --><img></body>", false],
  ["<table><tr><td>1</td><td></td></tr></table>", true],
  ["<p>Dear all,</p><img src='a.png'>", true],
])("%s has text: %s", (html, answer) => {
  expect(hasText(html)).toBe(answer);
});
