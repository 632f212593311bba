// @vitest-environment node
import { expect, test } from "vitest";
import type { KeptAlbum, KeptPicture } from "../device/database";
import { en } from "../messages/en";
import { historyWords } from "../messages/history";
import { loadMessages } from "../messages/languages";
import { BadHistory, exportHistory, importHistory, leftOutText, MAX_ENTRIES, MAX_FILE_BYTES } from "./file";

const kept: KeptPicture = {
  uploadId: "6b1f",
  name: "été 東京.jpg",
  publishedAt: 1_750_000_000_123,
  viewURL: "https://pictures.test/6b1f.jpg",
  deleteURL: "https://site.test/delete#token",
  deleteToken: "token",
  filename: "été 東京.jpg",
  contentType: "image/jpeg",
  size: 12,
  width: 3,
  height: 4,
  expiresAt: "2026-12-01T00:00:00+00:00",
};

function file(...entries: unknown[]): Blob {
  return new Blob([JSON.stringify({ format: "image-host-history", version: 1, pictures: entries })]);
}

async function refusal(from: Blob): Promise<{ tooLarge: boolean }> {
  const error = await importHistory(from).then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (!(error instanceof BadHistory)) throw new Error("the import accepted it");
  return error;
}

test("an import gives what was exported, except thumbnails", async () => {
  const others = [
    { ...kept, thumbnail: new Blob(["x"]) },
    { ...kept, name: "", filename: null, expiresAt: null },
  ];
  const {
    pictures: [first, second],
    leftOut,
  } = await importHistory(exportHistory(others));
  expect(leftOut).toBe(0);
  expect(first).toEqual(kept);
  expect(second).toEqual({ ...kept, name: "", filename: null, expiresAt: null });
});

const album: KeptAlbum = {
  albumId: "7d-0b9c",
  albumURL: "https://site.test/a/7d-0b9c",
  editToken: "edit",
  title: "",
  cover: "https://pictures.test/6b1f.jpg",
  count: 40,
  createdAt: 1_750_000_000_456,
  expiresAt: null,
};

test("albums are exported with their tokens, and imported", async () => {
  const { pictures, albums, leftOut } = await importHistory(exportHistory([kept], [album]));
  expect([pictures, albums, leftOut]).toEqual([[kept], [album], 0]);
});

test("an album that would run something is left out; it counts behind the pictures", async () => {
  const bad = { ...album, albumURL: "javascript:alert(1)" };
  const { albums, leftOut, first } = await importHistory(exportHistory([kept], [bad, album]));
  expect([albums, leftOut]).toEqual([[album], 1]);
  expect(first).toMatchObject({ entry: 2, field: "albumURL" });
});

test.each(["", "{", "null", "5", "[]", "{}", '{"format":"image-host-history"}', '{"pictures":[]}', "\0"])(
  "%j is no history",
  async (content) => {
    expect((await refusal(new Blob([content]))).tooLarge).toBe(false);
  },
);

test("a file with too many pictures or bytes is refused as too large", async () => {
  const many = file(...Array(MAX_ENTRIES + 1).fill(null));
  expect((await refusal(many)).tooLarge).toBe(true);
  expect((await refusal(new Blob([new Uint8Array(MAX_FILE_BYTES + 1)]))).tooLarge).toBe(true);
  expect((await importHistory(file(...Array(MAX_ENTRIES).fill(null)))).leftOut).toBe(MAX_ENTRIES);
});

const whole = async () => JSON.parse(await exportHistory([kept]).text()).pictures[0];
const long = (length: number) => "https://a.test/".padEnd(length, "x");

test.each([
  ["viewURL", "javascript:alert(1)"],
  ["viewURL", "data:text/html,x"],
  ["viewURL", " https://a.test/"],
  ["viewURL", "https://"],
  ["viewURL", long(2049)],
  ["deleteURL", "//a.test"],
  ["deleteURL", long(2049)],
  ["deleteToken", ""],
  ["deleteToken", "x".repeat(2049)],
  ["publishedAt", "yesterday"],
  ["publishedAt", 5],
  ["publishedAt", null],
  ["publishedAt", `2026-01-01${" ".repeat(60)}`],
  ["size", -1],
  ["size", 1.5],
  ["size", 5 * 1024 ** 3 + 1],
  ["width", "3"],
  ["width", 2 ** 31],
  ["height", undefined],
  ["expiresAt", "never"],
  ["uploadId", {}],
  ["uploadId", "x".repeat(65)],
  ["name", null],
  ["name", "x".repeat(1025)],
  ["filename", 7],
  ["filename", "x".repeat(256)],
  ["filename", ""],
  ["contentType", []],
  ["contentType", "x".repeat(65)],
])("an entry whose %s is %j is named and left out; the others are imported", async (field, value) => {
  const good = await whole();
  const { pictures, leftOut, first } = await importHistory(
    file(good, { ...good, [field]: value }, good, null),
  );
  expect(pictures).toEqual([kept, kept]);
  expect(leftOut).toBe(2);
  expect([first?.entry, first?.field]).toEqual([2, field]);
  if (!first) throw new Error("the import named no entry");
  const rule = first.rule;
  const said = [historyWords.in(en), historyWords.in(await loadMessages("zh-CN"))].map((words) =>
    leftOutText(leftOut, first, words),
  );
  for (const sentence of said) {
    expect(sentence).toContain(field);
    if (rule.form !== "date") expect(sentence).toContain(rule.most.toLocaleString("en"));
  }
});

test("an entry whose fields have their greatest lengths is imported", async () => {
  const longest = {
    ...(await whole()),
    viewURL: long(2048),
    deleteURL: long(2048),
    deleteToken: "x".repeat(2048),
    name: "x".repeat(1024),
    size: 5 * 1024 ** 3,
    width: 2 ** 31 - 1,
  };
  const { pictures, leftOut } = await importHistory(file(longest));
  expect([pictures.length, leftOut]).toEqual([1, 0]);
});

test.each([null, 5, "x", [], {}])("an entry that is %j is named", async (entry) => {
  const { leftOut, first } = await importHistory(file(entry));
  expect([leftOut, first?.entry, first?.field]).toEqual([1, 1, "uploadId"]);
});

test("fields that a history does not have are dropped", async () => {
  const { pictures } = await importHistory(
    file({ ...(await whole()), thumbnail: "x", __proto__: { a: 1 }, other: 1 }),
  );
  expect(pictures).toEqual([kept]);
});
