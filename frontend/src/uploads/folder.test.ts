// @vitest-environment node
import { expect, test } from "vitest";
import { fromFolder } from "./folder";

function file(path: string, type = ""): File {
  const made = new File(["x"], path.split("/").at(-1) ?? "", { type });
  Object.defineProperty(made, "webkitRelativePath", { value: path });
  return made;
}

test("a folder gives its pictures in the order of their paths, numbers as numbers", () => {
  const { files, remark } = fromFolder([
    file("trip/10.jpg", "image/jpeg"),
    file("trip/b/1.png", "image/png"),
    file("trip/9.jpg", "image/jpeg"),
    file("trip/a/2.heic"),
    file("trip/drawing.svg", "image/svg+xml"),
  ]);
  expect(files.map(({ name }) => name)).toEqual(["9.jpg", "10.jpg", "2.heic", "1.png", "drawing.svg"]);
  expect(remark).toBeUndefined();
});

test("what is left out is counted by its reason", () => {
  const { files, remark } = fromFolder([
    file("trip/1.jpg", "image/jpeg"),
    file("trip/notes.txt", "text/plain"),
    file("trip/Thumbs.db"),
    file("trip/.thumbnail.jpg", "image/jpeg"),
    file("trip/.cache/1.jpg", "image/jpeg"),
    file("trip/.cache/deeper/2.jpg", "image/jpeg"),
    file("trip/IMG_2041"),
  ]);
  expect(files.map(({ name }) => name)).toEqual(["1.jpg"]);
  expect(remark).toEqual({ kind: "leftOut", leftOut: { hidden: 3, noExtension: 1, notPicture: 2 } });
});

test("a hidden folder that a person chose hides nothing", () => {
  const { files, remark } = fromFolder([file(".screenshots/a/1.png", "image/png")]);
  expect([files.length, remark]).toEqual([1, undefined]);
});

test("a folder without a picture gives none", () => {
  expect(fromFolder([file("a/b.txt", "text/plain")])).toEqual({
    files: [],
    remark: { kind: "leftOut", leftOut: { hidden: 0, noExtension: 0, notPicture: 1 } },
  });
});
