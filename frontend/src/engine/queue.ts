import type { Api } from "../api/client";
import { problemOf } from "../api/problem";
import type { PictureOptions } from "../device/settings";
import { cleanName, nameOfType, renamed } from "../pictures/names";
import { createStore, type Readable } from "../store";
import { type Kept, stateOf } from "./keeper";
import { Reporter } from "./putFailure";
import { Retry } from "./retry";
import { type Job, outcomeOf, type Run, refusal, Stop } from "./run";
import { type Services, transfer } from "./transfer";
import { isUnderWay, type Upload, type UploadState } from "./upload";

export interface QueueOptions extends Omit<Services, "retry" | "reporter"> {
  api: Services["api"] & Pick<Api, "report">;
  /** How many files are prepared, signed and sent at the same time; 3 if left out. */
  concurrency?: number;
  /** 0 ≤ n < 1; spreads the tries of many browsers. */
  random?: () => number;
}

export interface QueueState {
  readonly uploads: readonly Upload[];
  readonly paused: boolean;
}

/**
 * The ordered list of uploads, and what a person can do with it.
 *
 * At most `concurrency` files are sent at a time, and at most twice as many are sent or published. Each URL is signed
 * just before its PUT, because it would expire in a queue.
 */
export class UploadQueue implements Readable<QueueState> {
  readonly #services: Services;
  readonly #concurrency: number;
  readonly #store = createStore<QueueState>({ uploads: [], paused: false });
  readonly #jobs = new Map<string, Job>();
  /** Greater than any place before a reload, so that new files are listed behind the old ones. */
  #nextPlace = Date.now();
  #restoring: Promise<void> = Promise.resolve();
  /** How many files are being prepared, signed and sent. */
  #sending = 0;
  /** How many have arrived and are being published. */
  #finishing = 0;

  readonly getState = this.#store.getState;
  readonly subscribe = this.#store.subscribe;

  constructor(options: QueueOptions) {
    const { api, connection, random = Math.random } = options;
    this.#services = { ...options, retry: new Retry(connection, random), reporter: new Reporter(api.report) };
    this.#concurrency = options.concurrency ?? 3;
    connection.subscribe(() => {
      if (connection.online()) this.#retryUnsent();
    });
  }

  // What a person can do

  add(files: Iterable<File>): void {
    const options = this.#services.options();
    const added = [...files].map((file) =>
      this.#enlist(this.#nextPlace++, renamed(file, cleanName(file.name)), { phase: "queued" }, options),
    );
    if (this.#sending === 0 && added[0]) this.#services.prepareAhead?.(added[0].upload.file, options);
    this.#publish();
    for (const { place, upload } of added) this.#services.keeper.add(place, upload.file, options);
    for (const job of added) void this.#inspect(job);
  }

  /** Stop sending. What is under way starts again after `resume`; what has arrived is still published. */
  pause(): void {
    if (this.getState().paused) return;
    for (const job of this.#jobs.values()) {
      const { state } = job.upload;
      // Bytes that may have arrived are still completed: without their token the picture would be sent twice.
      const goesOn = job.uploadToken || (state.phase === "queued" && !job.contentType);
      if (goesOn || !isUnderWay(state)) continue;
      job.abort.abort();
      job.abort = new AbortController();
      job.upload = { ...job.upload, state: { phase: "queued" } };
    }
    this.#publish({ paused: true });
  }

  resume(): void {
    this.#publish({ paused: false });
    this.#startNext();
  }

  cancel(id: string): void {
    const job = this.#jobs.get(id);
    if (!job || !isUnderWay(job.upload.state)) return;
    job.abort.abort();
    this.#services.keeper.forget(job.place);
    this.#setState(job, { phase: "cancelled" });
  }

  /** Put a cancelled or failed upload back in the queue, at its own place in the list. */
  retry(id: string): void {
    const job = this.#jobs.get(id);
    if (!job) return;
    const { state } = job.upload;
    const cancelled = state.phase === "cancelled";
    if (cancelled) this.#services.keeper.add(job.place, job.upload.file, job.options);
    if (!cancelled && !(state.phase === "failed" && state.retryable)) return;
    job.abort = new AbortController();
    this.#setState(job, { phase: "queued" });
    if (job.contentType) this.#startNext();
    else void this.#inspect(job);
  }

  /** Take an upload off the list. It is cancelled if it is under way; a published picture stays published. */
  remove(id: string): void {
    const job = this.#jobs.get(id);
    if (!job) return;
    job.abort.abort();
    this.#jobs.delete(id);
    this.#services.keeper.forget(job.place);
    this.#publish();
  }

  /** Delete a published picture from the server. */
  async deletePicture(id: string): Promise<void> {
    const job = this.#jobs.get(id);
    const state = job?.upload.state;
    if (!job || state?.phase !== "done" || state.deletion === "running") return;
    this.#setState(job, { ...state, deletion: "running" });
    try {
      await this.#services.api.remove(state.picture.deleteToken);
      this.#services.keeper.forget(job.place);
      this.#setState(job, { phase: "deleted" });
    } catch (error) {
      this.#setState(job, { ...state, deletion: problemOf(error) });
    }
  }

  /** Continue with the list that the page had before a reload. */
  restore(): Promise<void> {
    this.#restoring = this.#restore();
    return this.#restoring;
  }

  async #restore(): Promise<void> {
    const kept = await this.#services.keeper.restore();
    if (kept.length === 0) return;
    // Files that were chosen in the meantime go behind the restored ones.
    const early = [...this.#jobs.values()];
    this.#jobs.clear();
    const restored = kept.map((each) => this.#enlistKept(each));
    for (const job of early) this.#jobs.set(job.upload.id, job);
    // Also where the clock was put back since.
    this.#nextPlace = Math.max(this.#nextPlace, ...kept.map(({ place }) => place + 1));
    this.#goOn(restored);
  }

  /** Go on with uploads of another tab; `take` asks for a place in this list for each. Returns how many those are. */
  async adopt(take: (nextPlace: () => number) => Promise<Kept[]>): Promise<number> {
    // What is adopted must not be restored, too.
    await this.#restoring;
    const kept = await take(() => this.#nextPlace++);
    this.#goOn(kept.map((each) => this.#enlistKept(each)));
    return kept.length;
  }

  #goOn(restored: readonly Job[]): void {
    this.#publish();
    for (const job of restored) {
      if (job.upload.state.phase !== "queued") continue;
      // Without the file its type does not matter: only the server can tell whether it arrived.
      if (job.fileLost) job.contentType = "application/octet-stream";
      else void this.#inspect(job);
    }
    this.#startNext();
  }

  // The list

  #enlist(place: number, file: File, state: UploadState, options: PictureOptions): Job {
    const id = String(place);
    const job: Job = {
      upload: { id, file, state, sent: undefined },
      place,
      options,
      fileLost: false,
      contentType: undefined,
      uploadToken: undefined,
      abort: new AbortController(),
    };
    this.#jobs.set(id, job);
    return job;
  }

  #enlistKept(kept: Kept): Job {
    const { place, name, file, options = this.#services.options(), uploadToken } = kept;
    const job = this.#enlist(place, file ?? new File([], name), stateOf(kept), options);
    job.fileLost = !file;
    job.uploadToken = uploadToken;
    return job;
  }

  #publish(change: Partial<QueueState> = {}): void {
    this.#store.setState({ uploads: [...this.#jobs.values()].map((job) => job.upload), ...change });
  }

  #setState(job: Job, state: UploadState): void {
    if (!this.#jobs.has(job.upload.id)) return;
    const trouble = isUnderWay(state) ? job.upload.trouble : undefined;
    job.upload = { ...job.upload, state, trouble };
    this.#publish();
  }

  // Running

  #startNext(): void {
    for (const job of this.#jobs.values()) {
      const busy =
        this.#sending >= this.#concurrency || this.#sending + this.#finishing >= 2 * this.#concurrency;
      if (busy || this.getState().paused) return;
      if (job.upload.state.phase === "queued" && job.contentType) void this.#start(job);
    }
  }

  /** Inspect a queued file; it can't start before that. */
  async #inspect(job: Job): Promise<void> {
    const { signal } = job.abort;
    try {
      const verdict = await this.#services.inspect(job.upload.file);
      if (!verdict.ok) throw new Stop(refusal(verdict.problem));
      job.contentType = verdict.contentType;
      this.#rename(job, nameOfType(job.upload.file.name, verdict.contentType));
      this.#startNext();
    } catch (error) {
      if (!signal.aborted) this.#fail(job, error);
    }
  }

  /** Name a picture after what it really is. */
  #rename(job: Job, name: string): void {
    const file = renamed(job.upload.file, name);
    if (file === job.upload.file) return;
    job.upload = { ...job.upload, file };
    if (!job.abort.signal.aborted) this.#services.keeper.add(job.place, file, job.options);
    this.#publish();
  }

  async #start(job: Job): Promise<void> {
    const { signal } = job.abort;
    let hasArrived = false;
    const run: Run = {
      job,
      signal,
      sent: false,
      failures: 0,
      lostPuts: 0,
      report: (state) => {
        if (!signal.aborted) this.#setState(job, state);
      },
      setTrouble: (trouble) => {
        if (!signal.aborted) job.upload = { ...job.upload, trouble };
      },
      setArrived: (arrived) => {
        if (hasArrived === arrived) return;
        hasArrived = arrived;
        this.#sending += arrived ? -1 : 1;
        this.#finishing += arrived ? 1 : -1;
        this.#startNext();
      },
    };
    this.#sending++;
    run.report({ phase: "preparing" });
    try {
      const picture = await transfer(run, this.#services);
      job.uploadToken = undefined;
      if (!signal.aborted) this.#services.keeper.published(job.place, picture);
      run.report({ phase: "done", picture, deletion: "none" });
    } catch (error) {
      if (!signal.aborted) this.#fail(job, error);
    } finally {
      if (hasArrived) this.#finishing--;
      else this.#sending--;
      this.#startNext();
    }
  }

  /** Try again what got no answer: there is another network now. */
  #retryUnsent(): void {
    for (const { upload } of this.#jobs.values()) {
      if (upload.state.phase !== "failed") continue;
      const { problem } = upload.state;
      const unanswered = problem.code === "put" && problem.status === 0;
      if (unanswered || problem.code === "api_unreachable") this.retry(upload.id);
    }
  }

  #fail(job: Job, error: unknown): void {
    const state = outcomeOf(error);
    if (state.phase === "refused") this.#services.keeper.refused(job.place, state.problem);
    this.#setState(job, state);
  }
}
