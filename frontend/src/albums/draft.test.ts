// @vitest-environment node
import { expect, test } from "vitest";
import type { Album } from "../api/wire";
import {
  contentOf,
  differs,
  draftOf,
  draftOfAlbum,
  leaveOut,
  move,
  newAlbumOf,
  picturesNamed,
  setCaption,
} from "./draft";

const source = (name: string) => ({
  viewURL: `https://pictures.test/${name}`,
  filename: name,
  width: 4,
  height: 3,
  picture: new Blob([name]),
});
const NAMES = ["a.png", "b.png", "c.png", "d.png"];
const draft = draftOf(NAMES.map(source), "7d");
const link = (name: string) => `https://pictures.test/${name}`;
const names = ({ pictures }: typeof draft) => pictures.map(({ filename }) => filename.charAt(0)).join("");

const album: Album = {
  albumId: "x",
  albumURL: "https://site.test/a/x",
  title: "Sea",
  cover: "b.png",
  pictures: NAMES.map((key) => ({
    key,
    ...{ viewURL: link(key), caption: key === "a.png" ? "First" : "", filename: key },
    ...{ size: 1, width: 4, height: 3 },
  })),
  version: 3,
  expiresAt: null,
};

test("a new album has the pictures in their order, and the first as its cover", () => {
  expect(newAlbumOf(draft)).toEqual({
    title: "",
    cover: link("a.png"),
    pictures: NAMES.map((name) => ({ viewURL: link(name), caption: "" })),
    expiresIn: "7d",
  });
  expect(newAlbumOf({ ...draft, expiresIn: undefined })).not.toHaveProperty("expiresIn");
});

test.each([
  [0, 3, "bcda"],
  [3, 0, "dabc"],
  [1, 2, "acbd"],
  [2, 2, "abcd"],
  [9, 0, "abcd"],
])("the picture at %i is moved to %i", (from, to, order) => {
  expect(names(move(draft, from, to))).toBe(order);
  expect(names(draft)).toBe("abcd");
});

test("where the cover is left out, the first of the others becomes it", () => {
  expect(leaveOut(draft, new Set([link("a.png"), link("c.png")]))).toMatchObject({ cover: link("b.png") });
  expect(leaveOut(draft, new Set([link("b.png")])).cover).toBe(link("a.png"));
  expect(leaveOut(draft, new Set(NAMES.map(link)))).toMatchObject({ pictures: [], cover: undefined });
});

test("an album is changed from what the server has, and told from it", () => {
  const loaded = draftOfAlbum(album);
  expect(contentOf(loaded)).toEqual({
    title: "Sea",
    cover: link("b.png"),
    pictures: NAMES.map((name) => ({ viewURL: link(name), caption: name === "a.png" ? "First" : "" })),
  });
  expect(differs(loaded, album)).toBe(false);
  // The server cuts off white space.
  expect(differs({ ...loaded, title: " Sea " }, album)).toBe(false);
  expect(differs({ ...loaded, title: "Seas" }, album)).toBe(true);
  expect(differs({ ...loaded, cover: link("a.png") }, album)).toBe(true);
  expect(differs(setCaption(loaded, link("d.png"), "Last"), album)).toBe(true);
  expect(differs(move(loaded, 0, 1), album)).toBe(true);
});

test("a refusal names pictures by their places", () => {
  expect([
    ...picturesNamed(draft, ["pictures.1", "pictures.3.viewURL", "pictures.12", "cover", "title"]),
  ]).toEqual([link("b.png"), link("d.png")]);
});
