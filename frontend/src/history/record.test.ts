// @vitest-environment node
import "fake-indexeddb/auto";
import { beforeEach, expect, test } from "vitest";
import type { Picture } from "../api/wire";
import { type Database, openDatabase } from "../device/database";
import type { QueueState, UploadQueue } from "../engine/queue";
import type { UploadState } from "../engine/upload";
import { createStore } from "../store";
import { recordUploads } from "./record";

const NOW = Date.parse("2030-01-02T03:04:05Z");

const picture = (uploadId: string): Picture => ({
  uploadId,
  viewURL: `https://pictures.test/${uploadId}.png`,
  deleteURL: `https://site.test/delete#${uploadId}`,
  deleteToken: uploadId,
  filename: "a.png",
  contentType: "image/png",
  size: 4,
  width: 2,
  height: 2,
  expiresAt: null,
});

const done = (id: string): UploadState => ({ phase: "done", picture: picture(id), deletion: "none" });

/** A queue whose uploads a test sets by their ids. */
function setUp(open = openDatabase) {
  const store = createStore<QueueState>({ uploads: [], paused: false });
  const states = new Map<string, UploadState>();
  const set = (id: string, state: UploadState) => {
    states.set(id, state);
    const uploads = [...states].map(([each, now]) => ({
      id: each,
      file: new File(["1234"], `${each}.png`),
      state: now,
      sent: undefined,
    }));
    store.setState({ uploads });
  };
  const queue = store as unknown as UploadQueue;
  const unkept = recordUploads(queue, { open, thumbnail: async () => undefined, now: () => NOW });
  const names = () => unkept.getState().pictures.map(({ name }) => name);
  return { set, unkept, names };
}

async function stored() {
  return (await (await openDatabase())?.getAll("pictures")) ?? [];
}

/** A database whose disk is full while `full()` says so. */
async function filling(full: () => boolean): Promise<Database> {
  const opened = (await openDatabase()) as Database;
  return new Proxy(opened, {
    get(target, name) {
      if (name === "put" && full())
        return () => Promise.reject(new DOMException("full", "QuotaExceededError"));
      const value: unknown = Reflect.get(target, name);
      return typeof value === "function" ? value.bind(target) : value;
    },
  });
}

beforeEach(async () => {
  await (await openDatabase())?.clear("pictures");
});

test("what is published is kept, with the time that is given, and nothing is unkept", async () => {
  const { set, names } = setUp();
  set("a", { phase: "queued" });
  set("a", done("a"));
  await expect.poll(stored).toMatchObject([{ uploadId: "a", name: "a.png", publishedAt: NOW }]);
  expect(names()).toEqual([]);
});

test("a browser that stores nothing is known while the first picture is under way", async () => {
  const { set, unkept, names } = setUp(async () => undefined);
  expect(unkept.getState().blocked).toBe(false);
  set("a", { phase: "uploading", sentBytes: 0 });
  await expect.poll(() => unkept.getState().blocked).toBe(true);
  set("a", done("a"));
  await expect.poll(names).toEqual(["a.png"]);
  expect(unkept.getState().pictures[0]?.deleteURL).toBe("https://site.test/delete#a");
});

test("what a full disk refuses is unkept until there is room again, or until it is deleted", async () => {
  let full = true;
  const { set, unkept, names } = setUp(() => filling(() => full));
  for (const id of ["a", "b", "c", "d"]) {
    set(id, { phase: "queued" });
    set(id, done(id));
    await expect.poll(() => names().at(-1)).toBe(`${id}.png`);
  }
  set("b", { phase: "deleted" });
  expect(names()).toEqual(["a.png", "c.png", "d.png"]);
  unkept.forget("c");
  expect(names()).toEqual(["a.png", "d.png"]);
  full = false;
  set("e", { phase: "queued" });
  set("e", done("e"));
  await expect.poll(names).toEqual([]);
  expect((await stored()).map(({ uploadId }) => uploadId).sort()).toEqual(["a", "d", "e"]);
});
