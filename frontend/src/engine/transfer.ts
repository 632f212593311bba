import { type Api, ApiError, isTransient } from "../api/client";
import { type Problem, problemOf } from "../api/problem";
import type { InitRequest, Picture, SignedUpload } from "../api/wire";
import type { Connection } from "../device/connection";
import type { PictureOptions } from "../device/settings";
import type { Preparation } from "../pictures/preparer";
import type { Prepared } from "../pictures/rework";
import type { Refusal, Verdict } from "./inspect";
import type { Keeper } from "./keeper";
import type { Put, PutAnswer } from "./put";
import { problemOfPut, type Reporter } from "./putFailure";
import type { Retry } from "./retry";
import { type Job, type Run, refusal, Stop } from "./run";

/** What a transfer needs from outside. */
export interface Services {
  api: Pick<Api, "init" | "complete" | "remove">;
  put: Put;
  inspect: (file: File) => Promise<Verdict>;
  /** Make what is sent in place of the file. */
  prepare: (file: File, contentType: string, options: PictureOptions) => Promise<Preparation | Refusal>;
  /** Begin to prepare what is sent next if its inspection finds nothing wrong: drawing the list takes longer than both. */
  prepareAhead?: (file: File, options: PictureOptions) => void;
  /** What a person has chosen by now, for what is added now. */
  options: () => PictureOptions;
  /** Saves the list, so that it survives a reload. */
  keeper: Keeper;
  retry: Retry;
  reporter: Reporter;
  connection: Connection;
  /** The page's own origin. */
  page: string;
}

/** A PUT that brought no picture to the store, or perhaps one. */
interface Attempt {
  signed: SignedUpload;
  answer: PutAnswer;
  size: number;
}

/**
 * Take one file to its link: prepare, sign, PUT, complete.
 *
 * Each try signs again. A PUT that may have arrived is first completed, which is always safe to repeat.
 *
 * @throws Stop where the run ends in a state of its own.
 * @throws ApiError for an answer of the API that another try would not change.
 */
export async function transfer(run: Run, services: Services): Promise<Picture> {
  const { job } = run;
  let unanswered: Attempt | undefined;
  for (;;) {
    if (!job.uploadToken) {
      unanswered = await send(run, services);
      run.sent = true;
    }
    run.setArrived(true);
    try {
      return await services.retry.request(run, "finishing", () => completeOrUndo(run, services.api));
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      // A definite answer ends the token's use; a retry by hand starts from the beginning.
      job.uploadToken = undefined;
      if (!asksForBytes(error)) throw error;
      // An earlier run sent the bytes, before a reload or a pause: the file waits for its turn again.
      if (!run.sent) throw new Stop({ phase: "queued" });
      run.setArrived(false);
      const problem = unanswered ? blame(run, services, unanswered) : problemOf(error);
      await services.retry.backOff(run, { problem });
    }
  }
}

/** Sign and PUT until the bytes have arrived; return the attempt if they only may have. */
async function send(run: Run, services: Services): Promise<Attempt | undefined> {
  const { job, signal } = run;
  if (job.fileLost) throw new Stop({ phase: "failed", problem: { code: "interrupted" }, retryable: false });
  let signedAgain = false;
  // Held no longer than this file is being sent: hundreds of them would fill the memory.
  let prepared: Prepared | undefined;
  for (;;) {
    const made = await prepareOnce(run, services, prepared);
    prepared = made;
    const request = initRequest(job, made);
    const signed = await services.retry.request(run, "signing", () => services.api.init(request, signal));

    services.keeper.sending(job.place, signed.uploadToken);
    run.report({ phase: "uploading", sentBytes: 0 });
    const onProgress = (sentBytes: number) => run.report({ phase: "uploading", sentBytes });
    const answer = await services.put(signed, made.body, { signal, onProgress });
    signal.throwIfAborted();

    const { status, retryAfter } = answer;
    const attempt = { signed, answer, size: made.body.size };
    if (mayHaveArrived(answer)) {
      job.uploadToken = signed.uploadToken;
      return status === 0 ? attempt : undefined;
    }
    // The URL has expired, perhaps because a clock is wrong. A second refusal has another cause.
    if (status === 403 && !signedAgain) {
      signedAgain = true;
      continue;
    }
    const problem = blame(run, services, attempt);
    if (!isTransient(status)) throw new Stop({ phase: "failed", problem, retryable: true });
    await services.retry.backOff(run, { problem, retryAfter, lineDropped: status === 0 });
  }
}

/**
 * Return why a PUT failed. Tell the person and the server as well, unless the next try may well succeed: where no other
 * try has failed, or where the browser knows of no network.
 */
function blame(run: Run, services: Services, { signed, answer, size }: Attempt): Problem {
  const problem = problemOfPut(signed, answer, size, services.page);
  const { status } = answer;
  run.lostPuts++;
  if (services.connection.online() && (run.lostPuts > 1 || !isTransient(status))) {
    run.setTrouble(problem);
    services.reporter.tell(signed.uploadToken, problem.kind, status);
  }
  return problem;
}

function mayHaveArrived({ status, sentAll }: PutAnswer): boolean {
  // 412: an earlier try of the same PUT had arrived, and only its answer was lost.
  return (status >= 200 && status < 300) || status === 412 || (status === 0 && sentAll);
}

/** Prepare the file, or return what was prepared before. After a failure the file may have changed on disk: look. */
async function prepareOnce(run: Run, services: Services, before: Prepared | undefined): Promise<Prepared> {
  const { job, signal, failures } = run;
  const { file } = job.upload;
  if (before && failures === 0) return before;
  if (failures > 0 || !job.contentType) {
    const verdict = await services.inspect(file);
    if (!verdict.ok) throw new Stop(refusal(verdict.problem));
    job.contentType = verdict.contentType;
  }
  if (before) return before;
  const preparation = await services.prepare(file, job.contentType, job.options);
  signal.throwIfAborted();
  if (!preparation.ok) {
    if ("problem" in preparation) throw new Stop(refusal(preparation.problem));
    const { code } = preparation;
    if (code !== "unavailable") throw new Stop(refusal({ code: code === "broken" ? "metadata" : code }));
    await services.retry.backOff(run, { problem: { code: "api_unreachable" }, lineDropped: true });
    return prepareOnce(run, services, before);
  }
  const { body, removed, notSmaller, converted } = preparation.prepared;
  job.upload = { ...job.upload, sent: { size: body.size, removed, notSmaller, converted } };
  return preparation.prepared;
}

function initRequest(job: Job, { body, contentType, sha256 }: Prepared): InitRequest {
  const { name } = job.upload.file;
  const request: InitRequest = { contentType, size: body.size };
  // A converted picture is not what its old extension says.
  if (name) request.filename = contentType === job.contentType ? name : name.replace(/\.[^.]*$/, "");
  if (sha256) request.sha256 = sha256;
  if (job.options.expiresIn) request.expiresIn = job.options.expiresIn;
  return request;
}

/**
 * Complete the upload. Cancelling does not stop the request, because it may publish the picture all the same: it runs
 * on unseen, and what it published is deleted.
 */
function completeOrUndo({ job, signal }: Run, api: Services["api"]): Promise<Picture> {
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

/** Whether `complete` answered that it does not have the promised bytes, so that they must be sent again. */
function asksForBytes({ status, code }: ApiError): boolean {
  // 403: the token has expired, or the server's key has changed; a new token works.
  return code === "upload_missing" || code === "upload_changed" || status === 403;
}
