// @vitest-environment node
import { expect, test } from "vitest";
import type { Upload, UploadState } from "../engine/upload";
import { en } from "../messages/en";
import { announcements } from "./announcements";

const QUEUED: UploadState = { phase: "queued" };
const DONE = { phase: "done", deletion: "none" } as UploadState;
const uploading = (sentBytes: number): UploadState => ({ phase: "uploading", sentBytes });
const uploads = (...states: UploadState[]): Upload[] =>
  states.map((state, i) => ({
    id: String(i),
    file: new File(["1234567890"], `${i}.png`),
    state,
    sent: undefined,
  }));
const said = (before: Upload[], after: Upload[]) => announcements(before, after, en);

test("new files are announced as a number", () => {
  expect(said([], uploads(QUEUED))).toEqual(["1 picture added."]);
  expect(said(uploads(QUEUED), uploads(QUEUED, QUEUED, QUEUED))).toEqual(["2 pictures added."]);
});

test("progress is announced at each quarter", () => {
  expect(said(uploads(uploading(1)), uploads(uploading(2)))).toEqual([]);
  expect(said(uploads(uploading(2)), uploads(uploading(3)))).toEqual(["25% uploaded."]);
  expect(said(uploads(uploading(3)), uploads(uploading(9)))).toEqual(["75% uploaded."]);
});

test("of few uploads, each outcome is announced, with its reason", () => {
  const failed: UploadState = { phase: "failed", problem: { code: "api_unreachable" }, retryable: true };
  expect(said(uploads(uploading(9), uploading(9)), uploads(DONE, failed))).toEqual([
    "0.png is uploaded. Its link is ready.",
    "1.png failed. The server can’t be reached. Check your connection, then try again.",
  ]);
});

test("of many uploads, each failure is announced, and the successes as one number at the end", () => {
  const refused: UploadState = { phase: "refused", problem: { code: "empty" } };
  const before = uploads(DONE, DONE, DONE, uploading(9), uploading(9));
  expect(said(before, uploads(DONE, DONE, DONE, DONE, refused))).toEqual([
    "4.png was not uploaded. This file is empty.",
    "All done: 4 pictures uploaded, 1 not.",
  ]);
});

test("of many uploads, one cause of several failures is said once", () => {
  const failed: UploadState = { phase: "failed", problem: { code: "api_unreachable" }, retryable: true };
  const before = uploads(DONE, uploading(9), uploading(9), uploading(9));
  const [first, ...others] = said(before, uploads(DONE, failed, failed, uploading(9)));
  expect(first).toMatch(/^1.png failed\. The server can’t be reached/);
  expect(others).toEqual([]);
  expect(
    said(uploads(DONE, failed, uploading(9), uploading(9)), uploads(DONE, failed, failed, uploading(9))),
  ).toEqual([]);
});

test("what is in the way is announced once, however many wait for it, and before they fail", () => {
  const trouble: Upload["trouble"] = {
    code: "put",
    kind: "cut",
    status: 0,
    host: "s3.test",
    page: undefined,
    size: 1,
  };
  const sending = uploads(uploading(0), uploading(0));
  const [first, second] = sending as [Upload, Upload];
  const one = [{ ...first, trouble }, second];
  const both = [
    { ...first, trouble },
    { ...second, trouble },
  ];
  expect(said(sending, one)).toEqual([
    expect.stringMatching(/^0.png is not uploaded yet. The connection to s3.test/),
  ]);
  expect(said(one, both)).toEqual([]);
});

test("without a change nothing is announced", () => {
  expect(said(uploads(DONE), uploads(DONE))).toEqual([]);
});
