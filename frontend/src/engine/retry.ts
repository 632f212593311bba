import { ApiError } from "../api/client";
import { type Problem, problemOf } from "../api/problem";
import type { Connection } from "../device/connection";
import { type Run, Stop } from "./run";
import type { Waiting } from "./upload";

/** After this many failures a run ends and a person decides; with the waits below, after about half a minute. */
export const MAX_FAILURES = 6;
const BASE_WAIT_MS = 1_000;
const MAX_WAIT_MS = 30_000;
/** A longer Retry-After means an outage: the upload fails instead of seeming stuck. */
const MAX_RETRY_AFTER_MS = 120_000;

interface Failure {
  problem: Problem;
  /** Seconds. */
  retryAfter?: number | undefined;
  /** No answer came, so the network may be down. */
  lineDropped?: boolean;
}

/** Repeats what failed for the moment. One instance serves all uploads: a rate limit holds for each of them. */
export class Retry {
  readonly #connection: Connection;
  readonly #random: () => number;
  /** Milliseconds since 1970; until then the API asked for no requests. */
  #heldUntil = 0;

  /** `random` returns 0 ≤ n < 1; it spreads the tries of many browsers. */
  constructor(connection: Connection, random: () => number) {
    this.#connection = connection;
    this.#random = random;
  }

  /** Repeat a request until the API gives an answer that another try would not change. */
  async request<T>(run: Run, phase: "signing" | "finishing", send: () => Promise<T>): Promise<T> {
    for (;;) {
      const held = this.#heldUntil - Date.now();
      if (held > 0) {
        run.report({ phase: "waiting", reason: "limited" });
        await sleep(run.signal, held + this.#random() * BASE_WAIT_MS, this.#connection);
        continue;
      }
      run.report({ phase });
      try {
        return await send();
      } catch (error) {
        run.signal.throwIfAborted();
        if (!(error instanceof ApiError && error.transient)) throw error;
        const { status, retryAfter } = error;
        if (status === 429 && retryAfter !== undefined) {
          const wait = Math.min(retryAfter * 1000, MAX_RETRY_AFTER_MS);
          this.#heldUntil = Math.max(this.#heldUntil, Date.now() + wait);
        }
        await this.backOff(run, { problem: problemOf(error), retryAfter, lineDropped: status === 0 });
      }
    }
  }

  /**
   * Wait before the next try.
   *
   * @throws Stop after too many failures, or where the server asks for too long a wait.
   */
  async backOff(run: Run, { problem, retryAfter = 0, lineDropped = false }: Failure): Promise<void> {
    const [connection, random] = [this.#connection, this.#random];
    if (lineDropped && !connection.online()) {
      // Being offline is not a failure, so it is not counted.
      run.report({ phase: "waiting", reason: "offline" });
      await sleep(run.signal, MAX_WAIT_MS, connection);
      return;
    }
    run.failures++;
    const asked = retryAfter * 1000;
    if (run.failures >= MAX_FAILURES || asked > MAX_RETRY_AFTER_MS) {
      throw new Stop({ phase: "failed", problem, retryable: true });
    }
    run.report({ phase: "waiting", reason: reasonOf(problem) });
    const wait = Math.min(BASE_WAIT_MS * 2 ** (run.failures - 1), MAX_WAIT_MS);
    const jittered = wait / 2 + (random() * wait) / 2;
    await sleep(run.signal, Math.max(jittered, asked), lineDropped ? connection : undefined);
  }
}

function reasonOf(problem: Problem): Waiting {
  const status = problem.code === "server" || problem.code === "put" ? problem.status : 0;
  if (status === 429) return "limited";
  if (status > 0) return "busy";
  return problem.code === "put" && problem.kind === "unreachable" ? "blocked" : "unanswered";
}

/** Wait; where a connection is given, only until the browser reports that it is back online. */
function sleep(signal: AbortSignal, ms: number, connection: Connection | undefined): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal.aborted) {
      reject(signal.reason);
      return;
    }
    const end = () => {
      clearTimeout(timer);
      unsubscribe?.();
      signal.removeEventListener("abort", end);
      if (signal.aborted) reject(signal.reason);
      else resolve();
    };
    const timer = setTimeout(end, ms);
    const unsubscribe = connection?.subscribe(() => {
      if (connection.online()) end();
    });
    signal.addEventListener("abort", end);
  });
}
