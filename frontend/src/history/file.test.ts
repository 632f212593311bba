// @vitest-environment node
import { expect, test } from "vitest";
import type { KeptPicture } from "../database";
import { BadHistory, exportHistory, importHistory } from "./file";

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

async function refusal(from: Blob): Promise<[entry: number | undefined, field: string | undefined]> {
  const error = await importHistory(from).then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (!(error instanceof BadHistory)) throw new Error("it was taken");
  return [error.entry, error.field];
}

test("what is exported is what is imported, but for thumbnails", async () => {
  const others = [
    { ...kept, thumbnail: new Blob(["x"]) },
    { ...kept, name: "", filename: null, expiresAt: null },
  ];
  const [first, second] = await importHistory(exportHistory(others));
  expect(first).toEqual(kept);
  expect(second).toEqual({ ...kept, name: "", filename: null, expiresAt: null });
});

test.each(["", "{", "null", "5", "[]", "{}", '{"format":"image-host-history"}', '{"pictures":[]}', "\0"])(
  "%j is no history",
  async (content) => {
    expect(await refusal(new Blob([content]))).toEqual([undefined, undefined]);
  },
);

test.each([
  ["viewURL", "javascript:alert(1)"],
  ["viewURL", "data:text/html,x"],
  ["viewURL", " https://a.test/"],
  ["deleteURL", "//a.test"],
  ["deleteToken", ""],
  ["deleteToken", "x".repeat(4097)],
  ["publishedAt", "yesterday"],
  ["publishedAt", 5],
  ["size", -1],
  ["size", 1.5],
  ["width", "3"],
  ["height", undefined],
  ["expiresAt", "never"],
  ["uploadId", {}],
  ["name", null],
  ["filename", 7],
  ["contentType", []],
])("an entry whose %s is %j is named, and nothing is taken", async (field, value) => {
  const whole = JSON.parse(await exportHistory([kept]).text()).pictures[0];
  expect(await refusal(file(whole, { ...whole, [field]: value }))).toEqual([2, field]);
});

test("an entry that is none is named", async () => {
  expect(await refusal(file(null))).toEqual([1, "uploadId"]);
});

test("fields of somebody else's are left behind", async () => {
  const whole = JSON.parse(await exportHistory([kept]).text()).pictures[0];
  expect(await importHistory(file({ ...whole, thumbnail: "x", __proto__: { a: 1 }, other: 1 }))).toEqual([
    kept,
  ]);
});
