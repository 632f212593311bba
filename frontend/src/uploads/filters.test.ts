// @vitest-environment node
import { expect, test } from "vitest";
import type { Problem } from "../api/problem";
import type { Upload, UploadState } from "../engine/upload";
import { en } from "../messages/en";
import { noteOf } from "./describe";
import { standstill } from "./filters";
import { oneCause } from "./trouble";

const uploads = (...states: UploadState[]): Upload[] =>
  states.map((state, i) => ({ id: String(i), file: new File(["1"], `${i}.png`), state, sent: undefined }));
const failed = (problem: Problem): UploadState => ({ phase: "failed", problem, retryable: true });
const WAITING: UploadState = { phase: "waiting", reason: "limited" };

test("everything stands still only while nothing moves", () => {
  expect(standstill(uploads({ phase: "queued" }, WAITING))).toBe("limited");
  expect(standstill(uploads(WAITING, { phase: "uploading", sentBytes: 0 }))).toBeUndefined();
  expect(standstill(uploads({ phase: "queued" }))).toBeUndefined();
});

test("one cause needs several failures for the same reason; a token that is refused needs one", () => {
  const unreachable: Problem = { code: "api_unreachable" };
  const token: Problem = {
    code: "server",
    status: 401,
    serverCode: "access_token_required",
    detail: undefined,
  };
  expect(oneCause(uploads(failed(unreachable)), en)).toBeUndefined();
  expect(oneCause(uploads(failed(unreachable), failed({ code: "unexpected" })), en)).toBeUndefined();
  expect(oneCause(uploads(failed(unreachable), WAITING, failed(unreachable)), en)).toMatchObject({
    ids: ["0", "2"],
    token: false,
    retryable: true,
  });
  expect(oneCause(uploads(failed(token)), en)).toMatchObject({ ids: ["0"], token: true });
  const empty: UploadState = { phase: "refused", problem: { code: "empty" } };
  expect(oneCause(uploads(empty, empty), en)?.retryable).toBe(false);
});

test("offline, a row says no more than that", () => {
  const trouble: Problem = { code: "put", kind: "cut", status: 0, host: "s3.test", page: undefined, size: 1 };
  const [waiting] = uploads(WAITING) as [Upload];
  expect(noteOf({ ...waiting, trouble }, en)).toContain("s3.test");
  expect(noteOf({ ...waiting, trouble, state: { phase: "waiting", reason: "offline" } }, en)).toBeUndefined();
});
