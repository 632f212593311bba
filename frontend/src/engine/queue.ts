import { type Api, ApiError, isTransient } from "../api/client";
import { type Problem, problemOf } from "../api/problem";
import type { Expiry, InitRequest, Picture } from "../api/wire";
import type { Connection } from "../device/connection";
import type { Preparation } from "../pictures/preparer";
import type { Prepared } from "../pictures/rework";
import type { Trace } from "../pictures/traces";
import type { Verdict } from "./inspect";
import type { Keeper } from "./keeper";
import type { Put } from "./put";

export type UploadState =
  | { phase: "queued" }
  /** Being read, cleaned and hashed. */
  | { phase: "preparing" }
  | { phase: "signing" }
  | { phase: "uploading"; sentBytes: number }
  | { phase: "finishing" }
  /** Between two tries; it goes on by itself. */
  | { phase: "waiting"; reason: "offline" | "retry" }
  | { phase: "done"; picture: Picture; deletion: "none" | "running" | Problem }
  | { phase: "deleted" }
  /** Something was in the way. */
  | { phase: "failed"; problem: Problem; retryable: boolean }
  /** The picture itself can't be taken, now or later. */
  | { phase: "refused"; problem: Problem }
  | { phase: "cancelled" };

export interface Upload {
  readonly id: string;
  readonly file: File;
  readonly state: UploadState;
  /** What is sent in place of the file: known once it was prepared. */
  readonly sent: { readonly size: number; readonly removed: readonly Trace[] } | undefined;
}

/** What a person may choose for what is sent from now on. */
export interface SendOptions {
  expiresIn?: Expiry | undefined;
}

export interface UploadQueue {
  subscribe(listener: () => void): () => void;
  getSnapshot(): readonly Upload[];
  isPaused(): boolean;
  /** Send nothing more. What is on its way stops, and begins anew after `resume`; what has arrived is published. */
  pause(): void;
  resume(): void;
  /** Take up what the page had before it was reloaded. */
  restore(): Promise<void>;
  add(files: Iterable<File>): void;
  cancel(id: string): void;
  retry(id: string): void;
  /** Take a row off the list; what is under way is cancelled, what is published stays published. */
  remove(id: string): void;
  /** Delete a published picture from the server. */
  deletePicture(id: string): Promise<void>;
}

export interface QueueOptions {
  api: Pick<Api, "init" | "complete" | "remove">;
  put: Put;
  inspect: (file: File) => Promise<Verdict>;
  /** Makes what is sent of a file; where there is none, the file itself is sent. */
  prepare?: (file: File, contentType: string) => Promise<Preparation>;
  options?: () => SendOptions;
  /** Has the list outlive a reload. */
  keeper?: Keeper;
  connection: Connection;
  concurrency?: number;
  /** 0 ≤ n < 1; spreads the tries of many browsers. */
  random?: () => number;
}

export const CONCURRENCY = 3;
/** Failures in one run after which a person decides: with the waits below, about half a minute. */
export const MAX_FAILURES = 6;
const BASE_WAIT_MS = 1_000;
const MAX_WAIT_MS = 30_000;
/** A Retry-After beyond this is no pause but an outage; say so instead of seeming stuck. */
const MAX_RETRY_AFTER_MS = 120_000;

/** Ends a run with a state of its own. */
class Stop extends Error {
  readonly state: UploadState;

  constructor(state: UploadState) {
    super(state.phase);
    this.state = state;
  }
}

interface Job {
  upload: Upload;
  /** In the list, and for the keeper. */
  place: number;
  /** The page was reloaded before its bytes had been kept, so nothing can be sent again. */
  lost: boolean;
  /** Set once the file has been looked at. */
  contentType: string | undefined;
  /** The bytes have, or may have, arrived under this token: `complete` is all that is missing. */
  uploadToken: string | undefined;
  /** One for each run: a run that was cancelled can't speak for the one that followed it. */
  run: AbortController;
}

interface Run {
  job: Job;
  signal: AbortSignal;
  /** Whether it was this run that sent the bytes. */
  sent: boolean;
  arrived: boolean;
  failures: number;
}

export function isUnderWay({ phase }: UploadState): boolean {
  return (
    phase === "queued" ||
    phase === "preparing" ||
    phase === "signing" ||
    phase === "uploading" ||
    phase === "finishing" ||
    phase === "waiting"
  );
}

/**
 * The upload engine: an ordered list of files, of which at most `concurrency` are being sent at a time, and at most
 * twice as many sent or published.
 *
 * Every URL is signed just before its PUT, for one that waits in a queue expires there. Each try signs anew; a
 * PUT that may have arrived is first asked for by `complete`, which is always safe to repeat.
 */
export function createUploadQueue(options: QueueOptions): UploadQueue {
  const { api, put, inspect, connection, keeper, concurrency = CONCURRENCY, random = Math.random } = options;
  const prepare = options.prepare ?? asItIs;
  const jobs = new Map<string, Job>();
  const listeners = new Set<() => void>();
  let snapshot: readonly Upload[] = [];
  /** Greater than any before a reload, so that the order of the list is theirs. */
  let nextPlace = Date.now();
  /** Files that are being prepared, signed and sent; and those that have arrived and are being published. */
  let sending = 0;
  let finishing = 0;
  /** Until then the API asked to be left alone; counts for all files, not only for the one that heard it. */
  let heldUntil = 0;
  let paused = false;

  function publish(): void {
    snapshot = [...jobs.values()].map((job) => job.upload);
    for (const listener of listeners) listener();
  }

  function setState(job: Job, state: UploadState): void {
    if (!jobs.has(job.upload.id)) return;
    job.upload = { ...job.upload, state };
    publish();
  }

  /** As a run reports it: in vain once that run has been cancelled. */
  function report({ job, signal }: Run, state: UploadState): void {
    if (!signal.aborted) setState(job, state);
  }

  function pump(): void {
    for (const job of jobs.values()) {
      if (paused || sending >= concurrency || sending + finishing >= 2 * concurrency) return;
      if (job.upload.state.phase === "queued" && job.contentType) void start(job);
    }
  }

  /** Look at the file; a queued job has to pass here before it may start. */
  async function check(job: Job): Promise<void> {
    const { signal } = job.run;
    try {
      const verdict = await inspect(job.upload.file);
      if (!verdict.ok) throw new Stop(refusal(verdict.problem));
      job.contentType = verdict.contentType;
      pump();
    } catch (error) {
      if (!signal.aborted) end(job, error);
    }
  }

  function end(job: Job, error: unknown): void {
    const state = error instanceof Stop ? error.state : verdictOn(error);
    if (state.phase === "refused") keeper?.refused(job.place, state.problem);
    setState(job, state);
  }

  async function start(job: Job): Promise<void> {
    const run: Run = { job, signal: job.run.signal, sent: false, arrived: false, failures: 0 };
    sending++;
    report(run, { phase: "preparing" });
    try {
      const picture = await transfer(run);
      job.uploadToken = undefined;
      if (!run.signal.aborted) keeper?.published(job.place, picture);
      report(run, { phase: "done", picture, deletion: "none" });
    } catch (error) {
      if (!run.signal.aborted) end(job, error);
    } finally {
      if (run.arrived) finishing--;
      else sending--;
      pump();
    }
  }

  /** Whether its bytes have arrived: then the next file may be sent while this one is published. */
  function setArrived(run: Run, arrived: boolean): void {
    if (run.arrived === arrived) return;
    run.arrived = arrived;
    sending += arrived ? -1 : 1;
    finishing += arrived ? 1 : -1;
    pump();
  }

  async function transfer(run: Run): Promise<Picture> {
    const { job } = run;
    for (;;) {
      if (!job.uploadToken) {
        await send(run);
        run.sent = true;
      }
      setArrived(run, true);
      try {
        return await persist(run, () => completeOrUndo(run), "finishing");
      } catch (error) {
        if (!(error instanceof ApiError)) throw error;
        // After a definite answer the token is of no more use; a try by hand starts from the beginning.
        job.uploadToken = undefined;
        if (!asksForBytes(error)) throw error;
        // They were sent before a reload, or a pause: the file takes its turn again.
        if (!run.sent) throw new Stop({ phase: "queued" });
        setArrived(run, false);
        await backOff(run, problemOf(error));
      }
    }
  }

  /** Sign and PUT until the bytes have arrived, or may have. */
  async function send(run: Run): Promise<void> {
    const { job, signal } = run;
    if (job.lost) throw new Stop({ phase: "failed", problem: { code: "interrupted" }, retryable: false });
    let signedAgain = false;
    let prepared: Prepared | undefined;
    for (;;) {
      // Not for longer than this file is on its way: hundreds of them would fill the memory.
      const sent = await ready(run, prepared);
      prepared = sent;
      const signed = await persist(run, () => api.init(ask(job, sent), signal), "signing");

      keeper?.sending(job.place, signed.uploadToken);
      report(run, { phase: "uploading", sentBytes: 0 });
      const answer = await put(signed, sent.body, {
        signal,
        onProgress: (sentBytes) => report(run, { phase: "uploading", sentBytes }),
      });
      signal.throwIfAborted();

      const { status } = answer;
      // 412: an earlier sending of the same PUT had arrived, and only its answer was lost.
      const arrived = (status >= 200 && status < 300) || status === 412;
      if (arrived || (status === 0 && answer.sentAll)) {
        job.uploadToken = signed.uploadToken;
        return;
      }
      // The URL has expired, perhaps by a wrong clock; a second refusal has another cause.
      if (status === 403 && !signedAgain) {
        signedAgain = true;
        continue;
      }
      const problem: Problem =
        status === 0 ? { code: "store_unreachable" } : { code: "store_refused", status };
      if (!isTransient(status)) throw new Stop({ phase: "failed", problem, retryable: true });
      await backOff(run, problem, answer.retryAfter, status === 0);
    }
  }

  /** After a failure, the reason may be that the file has changed on disk since it was looked at. */
  async function ready(run: Run, before: Prepared | undefined): Promise<Prepared> {
    const { job, signal, failures } = run;
    const { file } = job.upload;
    if (before && failures === 0) return before;
    if (failures > 0 || !job.contentType) {
      const verdict = await inspect(file);
      if (!verdict.ok) throw new Stop(refusal(verdict.problem));
      job.contentType = verdict.contentType;
    }
    if (before) return before;
    const preparation = await prepare(file, job.contentType);
    signal.throwIfAborted();
    if (!preparation.ok) {
      const { code } = preparation;
      if (code !== "unavailable") throw new Stop(refusal({ code: code === "broken" ? "metadata" : code }));
      await backOff(run, { code: "api_unreachable" }, undefined, true);
      return ready(run, before);
    }
    const { body, removed } = preparation.prepared;
    job.upload = { ...job.upload, sent: { size: body.size, removed } };
    return preparation.prepared;
  }

  function ask(job: Job, { body, contentType, sha256 }: Prepared): InitRequest {
    const { name } = job.upload.file;
    const request: InitRequest = { contentType, size: body.size };
    if (name) request.filename = contentType === job.contentType ? name : name.replace(/\.[^.]*$/, "");
    if (sha256) request.sha256 = sha256;
    const { expiresIn } = options.options?.() ?? {};
    if (expiresIn) request.expiresIn = expiresIn;
    return request;
  }

  /**
   * A cancelled `complete` may have published all the same. So it is not cut off: it runs on unseen, and what it
   * published is taken back.
   */
  function completeOrUndo({ job, signal }: Run): Promise<Picture> {
    const { uploadToken } = job;
    if (!uploadToken) throw new Error("nothing to complete");
    return new Promise((resolve, reject) => {
      const cancelled = () => {
        job.uploadToken = undefined;
        reject(signal.reason);
      };
      signal.addEventListener("abort", cancelled);
      api
        .complete(uploadToken)
        .then((picture) => {
          if (signal.aborted) return api.remove(picture.deleteToken);
          resolve(picture);
        })
        .catch(reject)
        .finally(() => signal.removeEventListener("abort", cancelled));
    });
  }

  /** Ask the API until it gives an answer that another try would not change. */
  async function persist<T>(run: Run, ask: () => Promise<T>, phase: "signing" | "finishing"): Promise<T> {
    for (;;) {
      if (heldUntil > Date.now()) {
        report(run, { phase: "waiting", reason: "retry" });
        await sleep(run.signal, heldUntil - Date.now() + random() * BASE_WAIT_MS);
        continue;
      }
      report(run, { phase });
      try {
        return await ask();
      } catch (error) {
        run.signal.throwIfAborted();
        if (!(error instanceof ApiError && error.transient)) throw error;
        const { status, retryAfter } = error;
        if (status === 429 && retryAfter !== undefined) {
          heldUntil = Math.max(heldUntil, Date.now() + Math.min(retryAfter * 1000, MAX_RETRY_AFTER_MS));
        }
        await backOff(run, problemOf(error), retryAfter, status === 0);
      }
    }
  }

  /** Wait before the next try, or end the run where enough were in vain. */
  async function backOff(
    run: Run,
    problem: Problem,
    retryAfter: number | undefined = undefined,
    lineDropped = false,
  ): Promise<void> {
    const { signal } = run;
    if (lineDropped && !connection.online()) {
      // Not a failure of anything: it counts for nothing, and ends when the network is back.
      report(run, { phase: "waiting", reason: "offline" });
      await sleep(signal, MAX_WAIT_MS);
      return;
    }
    run.failures++;
    const asked = (retryAfter ?? 0) * 1000;
    if (run.failures >= MAX_FAILURES || asked > MAX_RETRY_AFTER_MS) {
      throw new Stop({ phase: "failed", problem, retryable: true });
    }
    report(run, { phase: "waiting", reason: "retry" });
    const wait = Math.min(BASE_WAIT_MS * 2 ** (run.failures - 1), MAX_WAIT_MS);
    const jittered = wait / 2 + (random() * wait) / 2;
    await sleep(signal, Math.max(jittered, asked), { wakeWhenOnline: lineDropped });
  }

  /** Wait; less long where the line was the trouble and the browser reports that it is back. */
  function sleep(signal: AbortSignal, ms: number, { wakeWhenOnline = true } = {}): Promise<void> {
    return new Promise((resolve, reject) => {
      if (signal.aborted) {
        reject(signal.reason);
        return;
      }
      const end = () => {
        clearTimeout(timer);
        unsubscribe();
        signal.removeEventListener("abort", end);
        if (signal.aborted) reject(signal.reason);
        else resolve();
      };
      const timer = setTimeout(end, ms);
      const unsubscribe = connection.subscribe(() => {
        if (wakeWhenOnline && connection.online()) end();
      });
      signal.addEventListener("abort", end);
    });
  }

  /** Put a job (back) in the queue, at its own place in the list. */
  function enqueue(job: Job): void {
    job.run = new AbortController();
    setState(job, { phase: "queued" });
    if (job.contentType) pump();
    else void check(job);
  }

  function enlist(place: number, file: File, state: UploadState): Job {
    const id = String(place);
    const job: Job = {
      upload: { id, file, state, sent: undefined },
      place,
      lost: false,
      contentType: undefined,
      uploadToken: undefined,
      run: new AbortController(),
    };
    jobs.set(id, job);
    return job;
  }

  return {
    subscribe(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },

    getSnapshot: () => snapshot,

    isPaused: () => paused,

    pause() {
      if (paused) return;
      paused = true;
      for (const job of jobs.values()) {
        const { state } = job.upload;
        // What may have arrived goes on: its token would be lost, and the picture sent twice.
        if (!isUnderWay(state) || job.uploadToken || (state.phase === "queued" && !job.contentType)) continue;
        job.run.abort();
        job.run = new AbortController();
        job.upload = { ...job.upload, state: { phase: "queued" } };
      }
      publish();
    },

    resume() {
      paused = false;
      publish();
      pump();
    },

    async restore() {
      const kept = (await keeper?.restore()) ?? [];
      if (kept.length === 0) return;
      // Files that were chosen while we looked come behind those of before.
      const early = [...jobs.values()];
      jobs.clear();
      for (const { place, name, file, uploadToken, picture, problem } of kept) {
        let state: UploadState = { phase: "queued" };
        if (picture) state = { phase: "done", picture, deletion: "none" };
        if (problem) state = { phase: "refused", problem };
        const job = enlist(place, file ?? new File([], name), state);
        job.lost = !file;
        job.uploadToken = uploadToken;
      }
      const restored = [...jobs.values()];
      for (const job of early) jobs.set(job.upload.id, job);
      publish();
      for (const job of restored) {
        if (job.upload.state.phase !== "queued") continue;
        // Its type was looked at before, and only the server can tell now whether it arrived.
        if (job.lost) job.contentType = "application/octet-stream";
        else void check(job);
      }
      pump();
    },

    add(files) {
      const added = [...files].map((file) => enlist(nextPlace++, file, { phase: "queued" }));
      publish();
      for (const { place, upload } of added) keeper?.add(place, upload.file);
      for (const job of added) void check(job);
    },

    cancel(id) {
      const job = jobs.get(id);
      if (!job || !isUnderWay(job.upload.state)) return;
      job.run.abort();
      keeper?.forget(job.place);
      setState(job, { phase: "cancelled" });
    },

    retry(id) {
      const job = jobs.get(id);
      if (!job) return;
      const { state } = job.upload;
      if (state.phase === "cancelled") keeper?.add(job.place, job.upload.file);
      if (state.phase === "cancelled" || (state.phase === "failed" && state.retryable)) enqueue(job);
    },

    remove(id) {
      const job = jobs.get(id);
      if (!job) return;
      job.run.abort();
      jobs.delete(id);
      keeper?.forget(job.place);
      publish();
    },

    async deletePicture(id) {
      const job = jobs.get(id);
      const state = job?.upload.state;
      if (!job || state?.phase !== "done" || state.deletion === "running") return;
      setState(job, { ...state, deletion: "running" });
      try {
        await api.remove(state.picture.deleteToken);
        keeper?.forget(job.place);
        setState(job, { phase: "deleted" });
      } catch (error) {
        setState(job, { ...state, deletion: problemOf(error) });
      }
    },
  };
}

async function asItIs(file: File, contentType: string): Promise<Preparation> {
  return { ok: true, prepared: { body: file, contentType, removed: [], sha256: undefined } };
}

/** A file that can't be read has failed, not the picture in it; but trying the same file again is no use. */
function refusal(problem: Problem): UploadState {
  if (problem.code === "unreadable") return { phase: "failed", problem, retryable: false };
  return { phase: "refused", problem };
}

/** Whether `complete` said that it has not the bytes it was promised, so that they have to be sent again. */
function asksForBytes({ status, code }: ApiError): boolean {
  // 403: the token has expired, or the server's key has changed; a new one does.
  return code === "upload_missing" || code === "upload_changed" || status === 403;
}

/** What the API's last word makes of the upload: its own fault, or the picture's. */
function verdictOn(error: unknown): UploadState {
  const problem = problemOf(error);
  const refused = error instanceof ApiError && [400, 413, 415, 422].includes(error.status);
  return refused ? { phase: "refused", problem } : { phase: "failed", problem, retryable: true };
}
