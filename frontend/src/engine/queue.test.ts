// @vitest-environment node
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { ApiError } from "../api/client";
import type { InitRequest, Picture, PutReport, SignedUpload } from "../api/wire";
import type { PictureOptions } from "../device/settings";
import type { Preparation } from "../pictures/preparer";
import type { Verdict } from "./inspect";
import type { Keeper, Kept } from "./keeper";
import type { Put, PutAnswer } from "./put";
import { type QueueOptions, UploadQueue } from "./queue";
import { MAX_FAILURES } from "./retry";

const ORDINARY: PictureOptions = { keepMetadata: false, shrink: undefined, expiresIn: undefined };
const OK: PutAnswer = { status: 200, sentAll: true, begun: true, retryAfter: undefined };
const DROPPED: PutAnswer = { status: 0, sentAll: false, begun: false, retryAfter: undefined };
const MISSING = new ApiError(409, "upload_missing", "The bytes are not there yet.");

function answer(status: number, more: Partial<PutAnswer> = {}): PutAnswer {
  return { ...OK, status, ...more };
}

function picture(uploadToken: string): Picture {
  return {
    uploadId: uploadToken,
    viewURL: `https://pictures.test/${uploadToken}.png`,
    deleteURL: `https://site.test/delete#delete-${uploadToken}`,
    deleteToken: `delete-${uploadToken}`,
    filename: "a.png",
    contentType: "image/png",
    size: 4,
    width: 2,
    height: 2,
    expiresAt: null,
  };
}

const file = (name: string) => new File(["1234"], name, { type: "image/png" });

async function asItIs(file: File, contentType: string): Promise<Preparation> {
  return { ok: true, prepared: { body: file, contentType, removed: [], sha256: undefined } };
}

/** Return a promise with its resolve and reject, to hold a request open. */
function held<T>() {
  let resolve: (value: T) => void = () => {};
  let reject: (reason: unknown) => void = () => {};
  const promise = new Promise<T>((yes, no) => {
    resolve = yes;
    reject = no;
  });
  return { promise, resolve, reject };
}

/** Set up a queue with a server and a store that accept everything, unless a test says otherwise. */
function setUp(over: Partial<QueueOptions> = {}) {
  let signedCount = 0;
  let online = true;
  const networkListeners = new Set<() => void>();
  const init = vi.fn(async (_request: InitRequest, _signal?: AbortSignal): Promise<SignedUpload> => {
    const token = `token-${++signedCount}`;
    return {
      uploadId: token,
      uploadURL: `https://store.test/${token}`,
      method: "PUT",
      headers: { "Content-Type": "image/png" },
      uploadToken: token,
      expiresAt: "2030-01-01T00:00:00Z",
      expiresInSeconds: 300,
    };
  });
  const complete = vi.fn(async (token: string, _signal?: AbortSignal) => picture(token));
  const remove = vi.fn(async (_token: string, _signal?: AbortSignal) => {});
  const report = vi.fn(async (_report: PutReport) => {});
  const put = vi.fn<Put>(async () => OK);
  const inspect = vi.fn(async (_file: File): Promise<Verdict> => ({ ok: true, contentType: "image/png" }));
  const queue = new UploadQueue({
    api: { init, complete, remove, report },
    page: "https://page.test",
    put,
    inspect,
    prepare: asItIs,
    options: () => ORDINARY,
    keeper: memory(),
    connection: {
      online: () => online,
      subscribe(listener) {
        networkListeners.add(listener);
        return () => networkListeners.delete(listener);
      },
    },
    random: () => 0,
    ...over,
  });
  const setOnline = (value: boolean) => {
    online = value;
    for (const listener of [...networkListeners]) listener();
  };
  return { queue, init, complete, remove, report, put, inspect, setOnline, networkListeners };
}

const phases = (queue: UploadQueue) => queue.getState().uploads.map(({ state }) => state.phase);
const only = (queue: UploadQueue) => {
  const [upload, ...others] = queue.getState().uploads;
  if (!upload || others.length > 0) throw new Error("expected exactly one upload");
  return upload;
};
const settle = () => vi.advanceTimersByTimeAsync(0);

beforeEach(() => {
  vi.useFakeTimers();
});

afterEach(() => {
  vi.useRealTimers();
});

test("a file is signed, PUT and completed, and gets its link", async () => {
  const { queue, init, put, complete } = setUp();
  const seen: string[] = [];
  queue.subscribe(() => {
    const phase = phases(queue)[0];
    if (phase && seen.at(-1) !== phase) seen.push(phase);
  });
  queue.add([file("a.png")]);
  await settle();
  expect(seen).toEqual(["queued", "preparing", "signing", "uploading", "finishing", "done"]);
  expect(init.mock.calls[0]?.[0]).toEqual({ filename: "a.png", contentType: "image/png", size: 4 });
  expect(put.mock.calls[0]?.[0]).toMatchObject({
    uploadURL: "https://store.test/token-1",
    headers: { "Content-Type": "image/png" },
  });
  expect(complete.mock.calls.map(([token]) => token)).toEqual(["token-1"]);
  expect(only(queue).state).toMatchObject({
    phase: "done",
    picture: { viewURL: "https://pictures.test/token-1.png" },
  });
});

test("files start in their order, at most three at a time, each URL signed just before its PUT", async () => {
  const { queue, init, put } = setUp();
  const puts: ReturnType<typeof held<PutAnswer>>[] = [];
  put.mockImplementation(() => {
    const one = held<PutAnswer>();
    puts.push(one);
    return one.promise;
  });
  queue.add(["a", "b", "c", "d", "e"].map(file));
  await settle();
  expect(phases(queue)).toEqual(["uploading", "uploading", "uploading", "queued", "queued"]);
  expect(init).toHaveBeenCalledTimes(3);

  puts[1]?.resolve(OK);
  await settle();
  expect(phases(queue)).toEqual(["uploading", "done", "uploading", "uploading", "queued"]);
  expect(init).toHaveBeenCalledTimes(4);

  for (const one of puts) one.resolve(OK);
  await settle();
  for (const one of puts) one.resolve(OK);
  await settle();
  expect(phases(queue)).toEqual(["done", "done", "done", "done", "done"]);
  expect(init.mock.calls.map(([request]) => request.filename)).toEqual([
    "a.png",
    "b.png",
    "c.png",
    "d.png",
    "e.png",
  ]);
});

test("a refused file is never signed, and the others do not wait for it", async () => {
  const { queue, init, inspect } = setUp();
  inspect.mockImplementation(async ({ name }) =>
    name === "b"
      ? { ok: false, problem: { code: "svg" } }
      : { ok: true, contentType: name === "c" ? "image/gif" : "image/png" },
  );
  queue.add(["a", "b", "c"].map(file));
  await settle();
  expect(phases(queue)).toEqual(["done", "refused", "done"]);
  expect(init.mock.calls.map(([request]) => request.contentType)).toEqual(["image/png", "image/gif"]);
});

test("a file that can't be read fails, and can't be tried again", async () => {
  const { queue, inspect, init } = setUp();
  inspect.mockResolvedValue({ ok: false, problem: { code: "unreadable" } });
  queue.add([file("a")]);
  await settle();
  expect(only(queue).state).toMatchObject({ phase: "failed", retryable: false });
  queue.retry(only(queue).id);
  await settle();
  expect(init).not.toHaveBeenCalled();
});

test("an inspection that throws fails only its own file", async () => {
  const { queue, inspect } = setUp();
  inspect.mockRejectedValueOnce(new Error("broken"));
  queue.add([file("a"), file("b")]);
  await settle();
  expect(phases(queue)).toEqual(["failed", "done"]);
});

test("progress shows in the snapshot", async () => {
  const { queue, put } = setUp();
  const end = held<PutAnswer>();
  put.mockImplementation((_signed, _body, { onProgress }) => {
    onProgress(3);
    return end.promise;
  });
  queue.add([file("a")]);
  await settle();
  expect(only(queue).state).toEqual({ phase: "uploading", sentBytes: 3 });
});

test("a dead API is asked again after growing waits, then the person is", async () => {
  const { queue, init } = setUp();
  const times: number[] = [];
  init.mockImplementation(async () => {
    times.push(Date.now());
    throw new ApiError(0, "network");
  });
  queue.add([file("a")]);
  await vi.runAllTimersAsync();
  const waits = times.slice(1).map((time, i) => time - (times[i] ?? 0));
  // Half of 1, 2, 4, … seconds: the lower end of the jitter.
  expect(waits).toEqual([500, 1000, 2000, 4000, 8000]);
  expect(times).toHaveLength(MAX_FAILURES);
  expect(only(queue).state).toEqual({
    phase: "failed",
    problem: { code: "api_unreachable" },
    retryable: true,
  });
});

test.each([
  [new ApiError(429, "rate_limited", undefined, 20), "limited"],
  [new ApiError(503, "store_unavailable", undefined, 20), "busy"],
  [new ApiError(0, "network", undefined, 20), "unanswered"],
] as const)("while it waits, it says why: %s", async (error, reason) => {
  const { queue, init } = setUp();
  init.mockRejectedValueOnce(error);
  queue.add([file("a")]);
  await vi.advanceTimersByTimeAsync(500);
  expect(only(queue).state).toEqual({ phase: "waiting", reason });
  await vi.runAllTimersAsync();
  expect(phases(queue)).toEqual(["done"]);
});

test("a random part makes each wait up to twice as long", async () => {
  const { queue, init } = setUp({ random: () => 0.999 });
  init.mockRejectedValueOnce(new ApiError(502, "bad_answer"));
  queue.add([file("a")]);
  await vi.advanceTimersByTimeAsync(990);
  expect(init).toHaveBeenCalledTimes(1);
  await vi.advanceTimersByTimeAsync(10);
  expect(init).toHaveBeenCalledTimes(2);
  expect(phases(queue)).toEqual(["done"]);
});

test("the queue waits for all of a 503's Retry-After", async () => {
  const { queue, complete } = setUp();
  complete.mockRejectedValueOnce(new ApiError(503, "store_unavailable", undefined, 20));
  queue.add([file("a")]);
  await vi.advanceTimersByTimeAsync(19_900);
  expect(only(queue).state).toEqual({ phase: "waiting", reason: "busy" });
  expect(complete).toHaveBeenCalledTimes(1);
  await vi.advanceTimersByTimeAsync(200);
  expect(phases(queue)).toEqual(["done"]);
});

test("a full disk is told at once, and a retry by hand asks again", async () => {
  const { queue, init, put } = setUp();
  init.mockRejectedValueOnce(new ApiError(507, "store_full"));
  queue.add([file("a")]);
  await settle();
  expect(only(queue).state).toMatchObject({
    phase: "failed",
    problem: { code: "server", serverCode: "store_full" },
    retryable: true,
  });
  expect(init).toHaveBeenCalledTimes(1);
  expect(put).not.toHaveBeenCalled();
  queue.retry(only(queue).id);
  await settle();
  expect(phases(queue)).toEqual(["done"]);
});

test("while one file is published the next is sent, and no more than that", async () => {
  const { queue, complete, put } = setUp({ concurrency: 1 });
  const answer = held<ReturnType<typeof picture>>();
  complete.mockReturnValueOnce(answer.promise);
  complete.mockReturnValueOnce(answer.promise);
  queue.add([file("a"), file("b"), file("c")]);
  await settle();
  expect(phases(queue)).toEqual(["finishing", "finishing", "queued"]);
  expect(put).toHaveBeenCalledTimes(2);
  answer.resolve(picture("a"));
  await settle();
  expect(phases(queue)).toEqual(["done", "done", "done"]);
});

test("a file that must be sent again counts as being sent, so no other starts", async () => {
  const { queue, complete, put } = setUp({ concurrency: 1 });
  complete.mockRejectedValueOnce(new ApiError(409, "upload_missing"));
  const sent = held<PutAnswer>();
  queue.add([file("a"), file("b"), file("c")]);
  put.mockResolvedValueOnce(OK).mockReturnValue(sent.promise);
  await vi.advanceTimersByTimeAsync(2_000);
  expect(phases(queue)).toEqual(["uploading", "uploading", "queued"]);
  sent.resolve(OK);
  await settle();
  expect(phases(queue)).toEqual(["done", "done", "done"]);
});

test("a 429 holds back every file, not only the one that got it", async () => {
  const { queue, init } = setUp({ concurrency: 1 });
  init.mockRejectedValueOnce(new ApiError(429, "rate_limited", undefined, 30));
  queue.add([file("a"), file("b")]);
  await settle();
  queue.cancel(queue.getState().uploads[0]?.id ?? "");
  await vi.advanceTimersByTimeAsync(29_000);
  expect(phases(queue)).toEqual(["cancelled", "waiting"]);
  expect(init).toHaveBeenCalledTimes(1);
  await vi.advanceTimersByTimeAsync(1_100);
  expect(phases(queue)).toEqual(["cancelled", "done"]);
});

test("a Retry-After of an hour fails the file, because nobody waits that long", async () => {
  const { queue, init } = setUp();
  init.mockRejectedValue(new ApiError(503, "store_unavailable", undefined, 3600));
  queue.add([file("a")]);
  await settle();
  expect(only(queue).state).toMatchObject({ phase: "failed", retryable: true });
  expect(init).toHaveBeenCalledTimes(1);
});

test("offline, the queue waits however long it takes, and goes on when the network is back", async () => {
  const { queue, init, setOnline, networkListeners } = setUp();
  setOnline(false);
  init.mockRejectedValue(new ApiError(0, "network"));
  queue.add([file("a")]);
  await vi.advanceTimersByTimeAsync(3_600_000);
  expect(only(queue).state).toEqual({ phase: "waiting", reason: "offline" });

  init.mockReset();
  init.mockResolvedValue({ uploadToken: "late" } as SignedUpload);
  setOnline(true);
  await settle();
  expect(phases(queue)).toEqual(["done"]);
  // The queue itself listens for as long as the page is open.
  expect(networkListeners.size).toBe(1);
});

test("after a 403 of the store, the queue signs again and sends to the new URL", async () => {
  const { queue, put, init } = setUp();
  put.mockResolvedValueOnce(answer(403));
  queue.add([file("a")]);
  await settle();
  expect(put.mock.calls.map(([signed]) => signed.uploadURL)).toEqual([
    "https://store.test/token-1",
    "https://store.test/token-2",
  ]);
  expect(init).toHaveBeenCalledTimes(2);
  expect(phases(queue)).toEqual(["done"]);
});

test("a second 403 is no expired URL: the file fails, and a person may try again", async () => {
  const { queue, put } = setUp();
  put.mockResolvedValue(answer(403));
  queue.add([file("a")]);
  await vi.runAllTimersAsync();
  expect(put).toHaveBeenCalledTimes(2);
  expect(only(queue).state).toEqual({
    phase: "failed",
    problem: {
      code: "put",
      kind: "forbidden",
      status: 403,
      host: "store.test",
      page: "https://page.test",
      size: 4,
    },
    retryable: true,
  });
});

test("the first PUT without an answer is no trouble yet", async () => {
  const { queue, put, report } = setUp();
  put.mockResolvedValueOnce(DROPPED);
  put.mockReturnValueOnce(held<PutAnswer>().promise);
  queue.add([file("a")]);
  await vi.runAllTimersAsync();
  expect(only(queue)).toMatchObject({ state: { phase: "uploading" }, trouble: undefined });
  expect(report).not.toHaveBeenCalled();
});

test.each([
  [{}, "unreachable"],
  [{ begun: true }, "cut"],
] as const)("a second one names the host, and is reported; the queue tries on", async (how, kind) => {
  const { queue, put, report } = setUp();
  put.mockResolvedValueOnce({ ...DROPPED, ...how }).mockResolvedValueOnce({ ...DROPPED, ...how });
  const third = held<PutAnswer>();
  put.mockReturnValueOnce(third.promise);
  queue.add([file("a")]);
  await vi.runAllTimersAsync();
  expect(only(queue)).toMatchObject({
    state: { phase: "uploading" },
    trouble: { code: "put", kind, status: 0, host: "store.test", page: "https://page.test" },
  });
  expect(report.mock.calls).toEqual([[{ uploadToken: "token-2", kind }]]);
  third.resolve(OK);
  await settle();
  expect(only(queue)).toMatchObject({ state: { phase: "done" }, trouble: undefined });
});

test("a PUT whose answer never comes is told apart from a picture that did not arrive", async () => {
  const { queue, put, complete, report } = setUp();
  put.mockResolvedValue({ ...DROPPED, sentAll: true, begun: true });
  complete.mockRejectedValue(MISSING);
  queue.add([file("a")]);
  await vi.runAllTimersAsync();
  expect(only(queue).state).toMatchObject({ phase: "failed", problem: { code: "put", kind: "cut" } });
  expect(report).toHaveBeenCalledTimes(1);
});

test("a page of the store's own origin needs no CORS", async () => {
  const { queue, put } = setUp({ page: "https://store.test" });
  put.mockResolvedValue(DROPPED);
  queue.add([file("a")]);
  await vi.runAllTimersAsync();
  expect(only(queue).state).toMatchObject({ phase: "failed", problem: { page: undefined } });
});

test.each([
  [413, "too_large"],
  [400, "refused"],
] as const)("a %i of the store ends the upload at once, and is reported", async (status, kind) => {
  const { queue, put, report } = setUp();
  put.mockResolvedValue(answer(status));
  queue.add([file("a")]);
  await settle();
  expect(only(queue).state).toMatchObject({ phase: "failed", problem: { kind, status }, retryable: true });
  expect(report.mock.calls).toEqual([[{ uploadToken: "token-1", kind, status }]]);
});

test("many files with the same fault are one report, and another one only minutes later", async () => {
  const { queue, put, report } = setUp();
  report.mockRejectedValue(new ApiError(0, "network"));
  put.mockResolvedValue(answer(413));
  queue.add(["a", "b", "c", "d"].map(file));
  await vi.runAllTimersAsync();
  expect(phases(queue)).toEqual(["failed", "failed", "failed", "failed"]);
  expect(report).toHaveBeenCalledTimes(1);
  await vi.advanceTimersByTimeAsync(300_000);
  queue.add([file("e")]);
  await vi.runAllTimersAsync();
  expect(report).toHaveBeenCalledTimes(2);
});

test("without a network nobody is blamed", async () => {
  const { queue, put, setOnline, report } = setUp();
  put.mockResolvedValue(DROPPED);
  setOnline(false);
  queue.add([file("a")]);
  await vi.advanceTimersByTimeAsync(3_600_000);
  expect(only(queue)).toMatchObject({ state: { phase: "waiting", reason: "offline" }, trouble: undefined });
  expect(report).not.toHaveBeenCalled();
});

test("what got no answer is tried again in another network; what was refused is not", async () => {
  const { queue, put, setOnline } = setUp();
  put.mockImplementation(async (_signed, _body) => (put.mock.calls.length === 1 ? answer(400) : DROPPED));
  queue.add([file("a"), file("b")]);
  await vi.runAllTimersAsync();
  expect(phases(queue)).toEqual(["failed", "failed"]);
  put.mockImplementation(async () => OK);
  setOnline(false);
  setOnline(true);
  await settle();
  expect(phases(queue)).toEqual(["failed", "done"]);
});

test("a store that is set up wrongly is not asked again", async () => {
  const { queue, complete } = setUp();
  complete.mockRejectedValue(new ApiError(503, "store_misconfigured"));
  queue.add([file("a")]);
  await vi.runAllTimersAsync();
  expect(complete).toHaveBeenCalledTimes(1);
  expect(only(queue).state).toMatchObject({
    phase: "failed",
    problem: { serverCode: "store_misconfigured" },
  });
});

test("a 412 means that the bytes are there: complete comes next", async () => {
  const { queue, put, complete } = setUp();
  put.mockResolvedValueOnce(answer(412));
  queue.add([file("a")]);
  await settle();
  expect(put).toHaveBeenCalledTimes(1);
  expect(complete).toHaveBeenCalledTimes(1);
  expect(phases(queue)).toEqual(["done"]);
});

test("after a 5xx of the store and its Retry-After, the queue tries again with a new URL", async () => {
  const { queue, put } = setUp();
  put.mockResolvedValueOnce(answer(503, { retryAfter: 7 }));
  queue.add([file("a")]);
  await vi.advanceTimersByTimeAsync(6_900);
  expect(put).toHaveBeenCalledTimes(1);
  await vi.advanceTimersByTimeAsync(200);
  expect(put.mock.calls[1]?.[0].uploadURL).toBe("https://store.test/token-2");
  expect(phases(queue)).toEqual(["done"]);
});

test("when the connection breaks halfway, the queue sends again without asking complete", async () => {
  const { queue, put, complete } = setUp();
  put.mockResolvedValueOnce(DROPPED);
  queue.add([file("a")]);
  await vi.runAllTimersAsync();
  expect(put).toHaveBeenCalledTimes(2);
  expect(complete.mock.calls.map(([token]) => token)).toEqual(["token-2"]);
});

test("when the answer to a whole PUT is lost, the queue asks complete before it sends again", async () => {
  const { queue, put, complete } = setUp();
  put.mockResolvedValueOnce(answer(0));
  queue.add([file("a")]);
  await vi.runAllTimersAsync();
  expect(put).toHaveBeenCalledTimes(1);
  expect(complete.mock.calls.map(([token]) => token)).toEqual(["token-1"]);
  expect(phases(queue)).toEqual(["done"]);
});

test.each([
  ["the bytes had not arrived", MISSING],
  ["they changed before they were copied", new ApiError(409, "upload_changed")],
  ["the upload token has expired", new ApiError(403, "expired_token")],
])("complete says that %s: they are sent again", async (_what, error) => {
  const { queue, put, complete } = setUp();
  complete.mockRejectedValueOnce(error);
  queue.add([file("a")]);
  await vi.runAllTimersAsync();
  expect(put).toHaveBeenCalledTimes(2);
  expect(complete.mock.calls.map(([token]) => token)).toEqual(["token-1", "token-2"]);
  expect(phases(queue)).toEqual(["done"]);
});

test("bytes that never arrive end in a failure, not in an endless loop", async () => {
  const { queue, put, complete } = setUp();
  complete.mockRejectedValue(MISSING);
  queue.add([file("a")]);
  await vi.runAllTimersAsync();
  expect(put).toHaveBeenCalledTimes(MAX_FAILURES);
  expect(only(queue).state).toMatchObject({ phase: "failed", retryable: true });
});

test("when the answer to complete is lost, the queue repeats only complete", async () => {
  const { queue, put, complete } = setUp();
  complete.mockRejectedValueOnce(new ApiError(0, "timeout"));
  queue.add([file("a")]);
  await vi.runAllTimersAsync();
  expect(put).toHaveBeenCalledTimes(1);
  expect(complete.mock.calls.map(([token]) => token)).toEqual(["token-1", "token-1"]);
  expect(phases(queue)).toEqual(["done"]);
});

test("Try again after complete was out of reach sends no byte twice", async () => {
  const { queue, put, complete } = setUp();
  complete.mockRejectedValue(new ApiError(503, "store_unavailable"));
  queue.add([file("a")]);
  await vi.runAllTimersAsync();
  expect(phases(queue)).toEqual(["failed"]);

  complete.mockReset();
  complete.mockImplementation(async (token) => picture(token));
  queue.retry(only(queue).id);
  await settle();
  expect(phases(queue)).toEqual(["done"]);
  expect(put).toHaveBeenCalledTimes(1);
});

test.each([
  ["type_mismatch", 422],
  ["too_many_pixels", 422],
])("a picture refused as %s is not tried again", async (code, status) => {
  const { queue, complete, put } = setUp();
  complete.mockRejectedValue(new ApiError(status, code, "It says why."));
  queue.add([file("a")]);
  await vi.runAllTimersAsync();
  expect(only(queue).state).toEqual({
    phase: "refused",
    problem: { code: "server", status, serverCode: code, detail: "It says why." },
  });
  queue.retry(only(queue).id);
  await vi.runAllTimersAsync();
  expect(complete).toHaveBeenCalledTimes(1);
  expect(put).toHaveBeenCalledTimes(1);
});

test("an init error about a field refuses the file; a missing access token only fails it", async () => {
  const { queue, init } = setUp();
  init.mockRejectedValueOnce(new ApiError(400, "invalid_request"));
  init.mockRejectedValueOnce(new ApiError(401, "access_token_required"));
  queue.add([file("a"), file("b")]);
  await vi.runAllTimersAsync();
  expect(phases(queue)).toEqual(["refused", "failed"]);
});

test("a file that is cancelled in the queue is never signed", async () => {
  const { queue, init, put } = setUp({ concurrency: 1 });
  put.mockReturnValueOnce(held<PutAnswer>().promise);
  queue.add([file("a"), file("b")]);
  await settle();
  queue.cancel(queue.getState().uploads[1]?.id ?? "");
  expect(phases(queue)).toEqual(["uploading", "cancelled"]);
  expect(init).toHaveBeenCalledTimes(1);
});

test("a file that is cancelled during its inspection stays cancelled", async () => {
  const { queue, inspect, init } = setUp();
  const looks = [held<Verdict>(), held<Verdict>()];
  for (const look of looks) inspect.mockReturnValueOnce(look.promise);
  queue.add([file("a"), file("b")]);
  for (const { id } of queue.getState().uploads) queue.cancel(id);
  looks[0]?.resolve({ ok: false, problem: { code: "svg" } });
  looks[1]?.resolve({ ok: true, contentType: "image/png" });
  await settle();
  expect(phases(queue)).toEqual(["cancelled", "cancelled"]);
  expect(init).not.toHaveBeenCalled();
});

test("a file that is cancelled while it is signed is not sent, and the next file starts", async () => {
  const { queue, init, put } = setUp({ concurrency: 1 });
  init.mockImplementationOnce(
    (_request, signal) =>
      new Promise((_resolve, reject) => {
        signal?.addEventListener("abort", () => reject(signal.reason));
      }),
  );
  queue.add([file("a"), file("b")]);
  await settle();
  expect(phases(queue)).toEqual(["signing", "queued"]);
  queue.cancel(queue.getState().uploads[0]?.id ?? "");
  await settle();
  expect(phases(queue)).toEqual(["cancelled", "done"]);
  expect(put).toHaveBeenCalledTimes(1);
});

test("cancelling an upload aborts its PUT and completes nothing", async () => {
  const { queue, put, complete } = setUp();
  let signal: AbortSignal | undefined;
  put.mockImplementation((_signed, _body, options) => {
    signal = options.signal;
    return new Promise((_resolve, reject) => {
      options.signal.addEventListener("abort", () => reject(options.signal.reason));
    });
  });
  queue.add([file("a")]);
  await settle();
  queue.cancel(only(queue).id);
  await settle();
  expect(signal?.aborted).toBe(true);
  expect(phases(queue)).toEqual(["cancelled"]);
  expect(complete).not.toHaveBeenCalled();
});

test("a file that is cancelled during complete is deleted if it was published", async () => {
  const { queue, complete, remove } = setUp();
  const end = held<Picture>();
  complete.mockReturnValue(end.promise);
  queue.add([file("a")]);
  await settle();
  expect(phases(queue)).toEqual(["finishing"]);
  queue.cancel(only(queue).id);
  await settle();
  expect(phases(queue)).toEqual(["cancelled"]);
  expect(remove).not.toHaveBeenCalled();
  end.resolve(picture("token-1"));
  await settle();
  expect(remove).toHaveBeenCalledWith("delete-token-1");
  expect(phases(queue)).toEqual(["cancelled"]);
});

test("a file that is cancelled between two tries is not tried again", async () => {
  const { queue, init, networkListeners } = setUp();
  init.mockRejectedValue(new ApiError(0, "network"));
  queue.add([file("a")]);
  await settle();
  expect(phases(queue)).toEqual(["waiting"]);
  queue.cancel(only(queue).id);
  await vi.runAllTimersAsync();
  expect(init).toHaveBeenCalledTimes(1);
  expect(phases(queue)).toEqual(["cancelled"]);
  // The queue itself listens for as long as the page is open.
  expect(networkListeners.size).toBe(1);
});

test("a cancelled upload can be tried again, and the old run does not disturb the new one", async () => {
  const { queue, put, complete } = setUp();
  const old = held<PutAnswer>();
  put.mockReturnValueOnce(old.promise);
  queue.add([file("a")]);
  await settle();
  queue.cancel(only(queue).id);
  put.mockReturnValueOnce(held<PutAnswer>().promise);
  queue.retry(only(queue).id);
  await settle();
  old.resolve(OK);
  await settle();
  expect(phases(queue)).toEqual(["uploading"]);
  expect(complete).not.toHaveBeenCalled();
});

test("a file that is tried again keeps its place in the list", async () => {
  const { queue, put } = setUp();
  put.mockResolvedValueOnce(answer(400));
  queue.add([file("a"), file("b")]);
  await settle();
  expect(phases(queue)).toEqual(["failed", "done"]);
  queue.retry(queue.getState().uploads[0]?.id ?? "");
  await settle();
  expect(queue.getState().uploads.map((upload) => upload.file.name)).toEqual(["a.png", "b.png"]);
  expect(phases(queue)).toEqual(["done", "done"]);
});

test("removing an upload aborts it and takes it off the list", async () => {
  const { queue, put } = setUp();
  const signals: AbortSignal[] = [];
  put.mockImplementation((_signed, _body, { signal }) => {
    signals.push(signal);
    return held<PutAnswer>().promise;
  });
  queue.add([file("a")]);
  await settle();
  queue.remove(only(queue).id);
  expect(queue.getState().uploads).toEqual([]);
  expect(signals.map((signal) => signal.aborted)).toEqual([true]);
});

test("a file that changed on disk since it was chosen is not sent again and again", async () => {
  const { queue, put, inspect } = setUp();
  put.mockResolvedValue(DROPPED);
  inspect.mockResolvedValueOnce({ ok: true, contentType: "image/png" });
  inspect.mockResolvedValue({ ok: false, problem: { code: "unreadable" } });
  queue.add([file("a")]);
  await vi.runAllTimersAsync();
  expect(put).toHaveBeenCalledTimes(1);
  expect(only(queue).state).toEqual({
    phase: "failed",
    problem: { code: "unreadable" },
    retryable: false,
  });
});

test("deleting a published picture asks the server, and keeps the link if that fails", async () => {
  const { queue, remove } = setUp();
  queue.add([file("a")]);
  await settle();
  const { id } = only(queue);
  remove.mockRejectedValueOnce(new ApiError(503, "store_unavailable"));
  await queue.deletePicture(id);
  expect(only(queue).state).toMatchObject({
    phase: "done",
    picture: { deleteToken: "delete-token-1" },
    deletion: { code: "server", status: 503 },
  });
  await queue.deletePicture(id);
  expect(only(queue).state).toEqual({ phase: "deleted" });
  expect(remove.mock.calls.map(([token]) => token)).toEqual(["delete-token-1", "delete-token-1"]);
});

test("the snapshot is a new one only when something changed", async () => {
  const { queue } = setUp();
  const listener = vi.fn();
  const stop = queue.subscribe(listener);
  const before = queue.getState().uploads;
  queue.cancel("nobody");
  queue.retry("nobody");
  expect(queue.getState().uploads).toBe(before);
  expect(listener).not.toHaveBeenCalled();
  stop();
  queue.add([file("a")]);
  await settle();
  expect(queue.getState().uploads).not.toBe(before);
  expect(listener).not.toHaveBeenCalled();
});

/** A keeper that remembers, as the browser's does after a reload. */
function memory(...kept: Kept[]) {
  return {
    restore: vi.fn(async () => kept),
    add: vi.fn(),
    sending: vi.fn(),
    published: vi.fn(),
    refused: vi.fn(),
    forget: vi.fn(),
  } satisfies Keeper;
}

const nothing = {
  file: undefined,
  options: undefined,
  uploadToken: undefined,
  picture: undefined,
  problem: undefined,
};

test("after a reload every upload goes on where it was, in order, and nothing is sent twice", async () => {
  const keeper = memory(
    { ...nothing, place: 1, name: "done.png", picture: picture("token-of-done") },
    { ...nothing, place: 2, name: "arrived.png", file: file("arrived.png"), uploadToken: "old" },
    { ...nothing, place: 3, name: "waiting.png", file: file("waiting.png") },
  );
  const { queue, put, complete, init } = setUp({ keeper });
  queue.add([file("chosen meanwhile.png")]);
  await queue.restore();
  await settle();
  expect(queue.getState().uploads.map((upload) => upload.file.name)).toEqual([
    "done.png",
    "arrived.png",
    "waiting.png",
    "chosen meanwhile.png",
  ]);
  expect(phases(queue)).toEqual(["done", "done", "done", "done"]);
  expect(init.mock.calls.map(([request]) => request.filename)).toEqual([
    "chosen meanwhile.png",
    "waiting.png",
  ]);
  expect(put).toHaveBeenCalledTimes(2);
  expect(complete.mock.calls.map(([token]) => token)).toContain("old");
});

test("after a reload the queue sends again what had not arrived, and fails what it has no bytes of", async () => {
  const keeper = memory(
    { ...nothing, place: 1, name: "kept.png", file: file("kept.png"), uploadToken: "cut-off-1" },
    { ...nothing, place: 2, name: "lost.png", uploadToken: "cut-off-2" },
  );
  const { queue, complete, init } = setUp({ keeper });
  complete.mockImplementation(async (token) => {
    if (token.startsWith("cut-off")) throw MISSING;
    return picture(token);
  });
  await queue.restore();
  await vi.advanceTimersByTimeAsync(5_000);
  expect(phases(queue)).toEqual(["done", "failed"]);
  expect(init).toHaveBeenCalledTimes(1);
  expect(queue.getState().uploads[1]?.state).toMatchObject({
    problem: { code: "interrupted" },
    retryable: false,
  });
});

test("after a reload no more than three files are sent at a time", async () => {
  const keeper = memory(
    ...Array.from({ length: 12 }, (_, place) => {
      const name = `${place}.png`;
      return { ...nothing, place, name, file: file(name), uploadToken: `cut-off-${place}` };
    }),
  );
  const { queue, put, complete } = setUp({ keeper });
  complete.mockImplementation(async (token) => {
    if (token.startsWith("cut-off")) throw MISSING;
    return picture(token);
  });
  put.mockImplementation(() => new Promise(() => undefined));
  await queue.restore();
  await vi.advanceTimersByTimeAsync(60_000);
  expect(put).toHaveBeenCalledTimes(3);
  expect(phases(queue).filter((phase) => phase === "uploading")).toHaveLength(3);
});

test("after a reload a refused file stays refused, for the same reason, and is not sent again", async () => {
  const keeper = memory();
  const { queue, complete } = setUp({ keeper });
  complete.mockRejectedValue(new ApiError(422, "not_an_image", "It is cut off."));
  queue.add([file("a.png")]);
  await settle();
  const problem = {
    code: "server",
    status: 422,
    serverCode: "not_an_image",
    detail: "It is cut off.",
  } as const;
  expect(keeper.refused.mock.calls).toEqual([[expect.any(Number), problem]]);

  const { queue: reloaded, init } = setUp({
    keeper: memory({ ...nothing, place: 1, name: "a.png", problem }),
  });
  await reloaded.restore();
  await settle();
  expect(reloaded.getState().uploads[0]?.state).toEqual({ phase: "refused", problem });
  expect(init).not.toHaveBeenCalled();
});

test("the keeper gets each step that a reload would lose, and forgets an upload that is over", async () => {
  const keeper = memory();
  const { queue } = setUp({ keeper });
  queue.add([file("a.png"), file("b.png")]);
  await settle();
  const [a, b] = queue.getState().uploads;
  if (!a || !b) throw new Error("two were added");
  expect(keeper.add.mock.calls.map(([, { name }]) => name)).toEqual(["a.png", "b.png"]);
  expect(keeper.sending.mock.calls.map(([, token]) => token)).toEqual(["token-1", "token-2"]);
  expect(keeper.published.mock.calls.map(([place]) => String(place))).toEqual([a.id, b.id]);
  expect(keeper.forget).not.toHaveBeenCalled();
  queue.remove(a.id);
  await queue.deletePicture(b.id);
  expect(keeper.forget.mock.calls.map(([place]) => String(place))).toEqual([a.id, b.id]);
});

test("a pause stops sending at once and starts nothing; then each file goes on, in order, once", async () => {
  const { queue, put, complete, init } = setUp();
  put.mockImplementation(
    (_signed, _body, { signal }) =>
      new Promise((_resolve, reject) => {
        signal.addEventListener("abort", () => reject(signal.reason));
      }),
  );
  queue.add(["a", "b", "c", "d"].map(file));
  await settle();
  expect(phases(queue)).toEqual(["uploading", "uploading", "uploading", "queued"]);
  queue.pause();
  await settle();
  expect(queue.getState().paused).toBe(true);
  expect(phases(queue)).toEqual(["queued", "queued", "queued", "queued"]);
  queue.add([file("e")]);
  await vi.advanceTimersByTimeAsync(60_000);
  expect(init).toHaveBeenCalledTimes(3);

  put.mockResolvedValue(OK);
  queue.resume();
  await settle();
  expect(phases(queue)).toEqual(["done", "done", "done", "done", "done"]);
  expect(complete).toHaveBeenCalledTimes(5);
});

test("during a pause, what has arrived still becomes a link", async () => {
  const { queue, complete } = setUp();
  const answered = held<Picture>();
  complete.mockReturnValue(answered.promise);
  queue.add([file("a.png")]);
  await settle();
  queue.pause();
  answered.resolve(picture("token-1"));
  await settle();
  expect(phases(queue)).toEqual(["done"]);
});

test("the queue sends the prepared picture, with its size, type and hash", async () => {
  const body = new Blob(["123"], { type: "image/jpeg" });
  const prepare = vi.fn(
    async (): Promise<Preparation> => ({
      ok: true,
      prepared: { body, contentType: "image/jpeg", removed: ["location"], sha256: "hash" },
    }),
  );
  const { queue, init, put } = setUp({ prepare, options: () => ({ ...ORDINARY, expiresIn: "7d" }) });
  queue.add([file("IMG_1.HEIC")]);
  await settle();
  expect(init.mock.calls[0]?.[0]).toEqual({
    filename: "IMG_1",
    contentType: "image/jpeg",
    size: 3,
    sha256: "hash",
    expiresIn: "7d",
  });
  expect(put.mock.calls[0]?.[1]).toBe(body);
  expect(only(queue).sent).toEqual({ size: 3, removed: ["location"] });
});

test.each([
  ["broken", "metadata", "refused"],
  ["not_shown", "not_shown", "refused"],
  ["unreadable", "unreadable", "failed"],
  ["heic", "heic", "refused"],
  ["heic_too_large", "heic_too_large", "refused"],
  ["heic_stopped", "heic_stopped", "failed"],
] as const)("a picture whose preparation ends %s is not sent", async (code, problem, phase) => {
  const { queue, init } = setUp({ prepare: async () => ({ ok: false, code }) });
  queue.add([file("a.png")]);
  await settle();
  expect(only(queue).state).toMatchObject({ phase, problem: { code: problem } });
  expect(init).not.toHaveBeenCalled();
});

test("offline, the preparer may not load: the file waits, and goes on when the network is back", async () => {
  const prepare = vi.fn(async (): Promise<Preparation> => ({ ok: false, code: "unavailable" }));
  const { queue, setOnline } = setUp({ prepare });
  setOnline(false);
  const added = file("a.png");
  queue.add([added]);
  await vi.advanceTimersByTimeAsync(10_000);
  expect(only(queue).state).toEqual({ phase: "waiting", reason: "offline" });
  prepare.mockResolvedValue({
    ok: true,
    prepared: { body: added, contentType: "image/png", removed: [], sha256: undefined },
  });
  setOnline(true);
  await settle();
  expect(phases(queue)).toEqual(["done"]);
});

const WEEK: PictureOptions = { keepMetadata: true, shrink: undefined, expiresIn: "7d" };

test("options hold for what is added from then on, not for what waits, is tried again or is cancelled", async () => {
  let chosen = ORDINARY;
  const prepare = vi.fn((file: File, contentType: string, _options: PictureOptions) =>
    asItIs(file, contentType),
  );
  const { queue, init, put } = setUp({ options: () => chosen, prepare, concurrency: 1 });
  put.mockImplementationOnce(async () => answer(404));
  queue.add([file("early.png"), file("waiting.png"), file("cancelled.png")]);
  const [early, , cancelled] = queue.getState().uploads;
  queue.cancel(cancelled?.id ?? "");
  chosen = WEEK;
  await settle();
  queue.retry(cancelled?.id ?? "");
  queue.retry(early?.id ?? "");
  queue.add([file("late.png")]);
  await settle();
  expect(phases(queue)).toEqual(["done", "done", "done", "done"]);
  const sent = init.mock.calls.map(([{ filename, expiresIn }]) => [filename, expiresIn]);
  expect(new Set(sent.filter(([, expiresIn]) => expiresIn).flat())).toEqual(new Set(["late.png", "7d"]));
  expect(sent).toHaveLength(5);
  expect(prepare.mock.calls.filter(([{ name }]) => name === "late.png")).toEqual([
    [expect.any(File), "image/png", WEEK],
  ]);
  expect(prepare.mock.calls.filter(([, , options]) => options === ORDINARY)).toHaveLength(4);
});

test("after a reload each picture still has the options with which it was added", async () => {
  const kept = memory();
  const before = setUp({ keeper: kept, options: () => WEEK });
  before.queue.add([file("a.png")]);
  expect(kept.add.mock.calls).toEqual([[expect.any(Number), expect.any(File), WEEK]]);
  const keeper = memory(
    { ...nothing, place: 1, name: "a.png", file: file("a.png"), options: WEEK },
    { ...nothing, place: 2, name: "b.png", file: file("b.png"), options: ORDINARY },
    // An older version of this page saved it.
    { ...nothing, place: 3, name: "c.png", file: file("c.png") },
  );
  const { queue, init } = setUp({ keeper, options: () => ({ ...ORDINARY, expiresIn: "30d" }) });
  await queue.restore();
  await settle();
  expect(init.mock.calls.map(([{ expiresIn }]) => expiresIn)).toEqual(["7d", undefined, "30d"]);
});
