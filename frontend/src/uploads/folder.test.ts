// @vitest-environment node
import { expect, test } from "vitest";
import { fromFolder } from "./folder";

function file(path: string, type = ""): File {
  const made = new File(["x"], path.split("/").at(-1) ?? "", { type });
  Object.defineProperty(made, "webkitRelativePath", { value: path });
  return made;
}

test("a folder gives its pictures in the order of their paths, numbers as numbers", () => {
  const { files, leftOut } = fromFolder([
    file("trip/10.jpg", "image/jpeg"),
    file("trip/b/1.png", "image/png"),
    file("trip/9.jpg", "image/jpeg"),
    file("trip/a/2.heic"),
    file("trip/notes.txt", "text/plain"),
    file("trip/.thumbnail.jpg", "image/jpeg"),
    file("trip/Thumbs.db"),
    file("trip/drawing.svg", "image/svg+xml"),
  ]);
  expect(files.map(({ name }) => name)).toEqual(["9.jpg", "10.jpg", "2.heic", "1.png", "drawing.svg"]);
  expect(leftOut).toBe(3);
});

test("a folder without a picture gives none", () => {
  expect(fromFolder([file("a/b.txt", "text/plain")])).toEqual({ files: [], leftOut: 1 });
});
