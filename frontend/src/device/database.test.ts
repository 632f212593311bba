// @vitest-environment node
import "fake-indexeddb/auto";
import { IDBFactory } from "fake-indexeddb";
import { type IDBPDatabase, openDB } from "idb";
import { beforeEach, expect, test, vi } from "vitest";
import { createKeptAlbums } from "./keptAlbums";

const album = {
  ...{ albumId: "a", albumURL: "https://site.test/a/a", editToken: "t", title: "Sea" },
  ...{ cover: "https://pictures.test/a.png", count: 2, createdAt: 1, expiresAt: null },
};

beforeEach(() => {
  globalThis.indexedDB = new IDBFactory();
  vi.resetModules();
});

const freshPage = async () => (await import("./database")).openDatabase;

/** Open the database as the first version of this page did. */
function openFirst(): Promise<IDBPDatabase> {
  return openDB("image-host", 1, {
    upgrade(database) {
      database.createObjectStore("uploads", { keyPath: ["owner", "place"] });
      database.createObjectStore("files");
      database
        .createObjectStore("pictures", { keyPath: "uploadId" })
        .createIndex("publishedAt", "publishedAt");
    },
  });
}

test("what the first version of the page kept is still there, and albums are kept beside it", async () => {
  const before = await openFirst();
  await before.put("pictures", { uploadId: "p", publishedAt: 1 });
  before.close();
  const open = await freshPage();
  expect(await (await open())?.getAll("pictures")).toEqual([{ uploadId: "p", publishedAt: 1 }]);
  const albums = createKeptAlbums(open);
  expect(await albums.put({ ...album, albumId: "b", createdAt: 2 }, album)).toBe(true);
  expect((await albums.all()).map(({ albumId }) => albumId)).toEqual(["b", "a"]);
  await albums.forget("b");
  expect(await albums.all()).toEqual([album]);
});

test("while a tab with the first version is open, nothing is kept, and nothing waits for it", async () => {
  const before = await openFirst();
  const open = await freshPage();
  expect(await open()).toBeUndefined();
  expect(await createKeptAlbums(open).put(album)).toBe(false);
  before.close();
});

test("a page makes way for a newer version of itself", async () => {
  const open = await freshPage();
  await open();
  const newer = await openDB("image-host", 3);
  expect(newer.version).toBe(3);
  newer.close();
});
