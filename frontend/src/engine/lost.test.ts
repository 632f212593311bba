// @vitest-environment node
import "fake-indexeddb/auto";
import { beforeEach, expect, test } from "vitest";
import { type KeptUpload, openDatabase } from "../device/database";
import type { OtherTabs } from "../device/otherTabs";
import { DatabaseKeeper } from "./keeper";
import { LostUploads } from "./lost";

const DAY_MS = 24 * 60 * 60 * 1000;

async function database() {
  const opened = await openDatabase();
  if (!opened) throw new Error("no database");
  return opened;
}

/** Tabs of which `living` live; undefined where the browser does not tell. */
function tabs(living: Set<string> | undefined): OtherTabs {
  return {
    living: async () => living,
    whileGone: async (name, work) => (living?.has(name) ? undefined : work()),
  };
}

const lostIn = (living: Set<string> | undefined, own = "own") =>
  new LostUploads(openDatabase, Promise.resolve(own), tabs(living));

/** Leave an entry behind, with its file unless `file` is null. */
async function leave(
  owner: string,
  place: number,
  over: Partial<KeptUpload> = {},
  file: string | null = "bytes",
) {
  const opened = await database();
  const name = `${owner}-${place}.png`;
  await opened.put("uploads", { owner, place, name, savedAt: Date.now(), ...over });
  if (file !== null) await opened.put("files", new File([file], name), [owner, place]);
}

async function entries() {
  return (await (await database()).getAllKeys("uploads")).map((key) => key.join(" "));
}

async function files() {
  return (await (await database()).getAllKeys("files")).map((key) => key.join(" "));
}

/** Give places from 100. */
function places() {
  let next = 100;
  return () => next++;
}

beforeEach(async () => {
  const opened = await database();
  await Promise.all([opened.clear("uploads"), opened.clear("files")]);
});

test("what a closed tab had not sent is listed in its order; what lives, is over, or is this tab's own is not", async () => {
  await leave("closed", 2);
  await leave("closed", 1, {}, null);
  await leave("closed", 3, { problem: { code: "empty" } });
  await leave("living", 1);
  await leave("own", 1);
  const listed = await lostIn(new Set(["living", "own"])).list();
  expect(listed.map(({ name, file }) => [name, file !== undefined])).toEqual([
    ["closed-1.png", false],
    ["closed-2.png", true],
  ]);
});

test("where the browser does not say which tabs live, only what is a day old counts as lost", async () => {
  await leave("fresh", 1);
  await leave("old", 1, { savedAt: Date.now() - 2 * DAY_MS });
  const listed = await lostIn(undefined).list();
  expect(listed.map(({ owner }) => owner)).toEqual(["old"]);
});

test("what is taken belongs to this tab, in its order, with all that was known, and with its file", async () => {
  await leave("closed", 1, { uploadToken: "token" });
  await leave("closed", 2);
  const lost = lostIn(new Set(["own"]));
  const taken = await lost.take(await lost.list(), places());
  expect(taken.map(({ place, name, uploadToken }) => [place, name, uploadToken])).toEqual([
    [100, "closed-1.png", "token"],
    [101, "closed-2.png", undefined],
  ]);
  expect(await Promise.all(taken.map(({ file }) => file?.text()))).toEqual(["bytes", "bytes"]);
  expect(await entries()).toEqual(["own 100", "own 101"]);
  // A reload finds it all again.
  const keeper = new DatabaseKeeper(openDatabase, Promise.resolve("own"));
  const restored = await keeper.restore();
  expect(restored.map(({ place, file }) => [place, file !== undefined])).toEqual([
    [100, true],
    [101, true],
  ]);
  expect(await lost.list()).toEqual([]);
  // A third tab can take it over once more.
  const third = lostIn(new Set(["third"]), "third");
  const again = await third.take(await third.list(), places());
  expect(await again[0]?.file?.text()).toBe("bytes");
});

test("the file of what was taken goes when it is published or forgotten", async () => {
  await leave("closed", 1);
  await leave("closed", 2);
  const lost = lostIn(new Set(["own"]));
  await lost.take(await lost.list(), places());
  const keeper = new DatabaseKeeper(openDatabase, Promise.resolve("own"));
  keeper.refused(100, { code: "empty" });
  keeper.forget(101);
  await expect.poll(files).toEqual([]);
  await expect.poll(entries).toEqual(["own 100"]);
});

test("what another tab has taken, or whose tab is back, is neither taken nor discarded", async () => {
  await leave("taken", 1);
  await leave("back", 1);
  const listed = await lostIn(new Set(["own"])).list();
  expect(listed).toHaveLength(2);
  const first = lostIn(new Set(["first", "back"]), "first");
  expect(await first.take(listed, places())).toHaveLength(1);
  const second = lostIn(new Set(["own", "first", "back"]));
  expect(await second.take(listed, places())).toEqual([]);
  expect(await second.discard(listed)).toBe(0);
  expect(await entries()).toEqual(["back 1", "first 100"]);
  expect(await files()).toEqual(["back 1", "taken 1"]);
});

test("what is discarded is gone, with its file", async () => {
  await leave("closed", 1);
  await leave("closed", 2, {}, null);
  const lost = lostIn(new Set(["own"]));
  expect(await lost.discard(await lost.list())).toBe(2);
  expect([await entries(), await files()]).toEqual([[], []]);
});

test("a browser that stores nothing has lost nothing", async () => {
  const lost = new LostUploads(async () => undefined, Promise.resolve("own"), tabs(undefined));
  expect(await lost.list()).toEqual([]);
  expect(await lost.take([], places())).toEqual([]);
  expect(await lost.discard([])).toBe(0);
});

test("a clock that is wrong throws away nothing that was not sent", async () => {
  const longAgo = Date.now() - 400 * DAY_MS;
  await leave("closed", 1, { savedAt: longAgo });
  await leave("closed", 2, { savedAt: longAgo, problem: { code: "empty" } }, null);
  await leave("closed", 3, { problem: { code: "empty" } }, null);
  await new DatabaseKeeper(openDatabase, Promise.resolve("own")).restore();
  expect(await entries()).toEqual(["closed 1", "closed 3"]);
  expect(await files()).toEqual(["closed 1"]);
});
