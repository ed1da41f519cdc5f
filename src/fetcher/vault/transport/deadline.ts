/** The time limit of one job, and waiting within it. */
import { Timer } from "@/base/timer.ts";

/** Reserved at the end of a job for revocation and the response, at most. */
const RESERVE_MS = 500;
const SHARE_OF_RESERVE = 0.1;

/** A limit of one request. */
export interface RequestLimit {
  /** Aborts at the limit, after `cancel`, and after the grace of `fail`. */
  readonly signal: AbortSignal;
  /** The request has ended. */
  release(): void;
}

/** A reason that is not an Error: the first Error of a process takes 3 ms, and without a reason `abort` makes one. */
const OVER = "the time of the request is over";

/** The end of a job's time, and its cancellation. */
export class Deadline {
  /** As set, for messages. */
  readonly limitMs: number;
  readonly #end: number;
  readonly #reserveMs: number;
  /** Ends waiting. */
  readonly #controller = new AbortController();
  /** Ends running requests. */
  readonly #requests = new AbortController();

  /**
   * @param lateMs the elapsed part of the limit
   * @param reserveMs the part of the limit that is not for requests and waiting
   */
  constructor(limitMs: number, lateMs = 0, reserveMs = 0) {
    this.limitMs = limitMs;
    this.#reserveMs = reserveMs;
    this.#end = performance.now() + limitMs - lateMs - reserveMs;
  }

  /** For a job, which the wrapper kills after `limitMs`. */
  static ofJob(limitMs: number, lateMs = 0): Deadline {
    const reserveMs = Math.min(RESERVE_MS, limitMs * SHARE_OF_RESERVE);
    return new Deadline(limitMs, lateMs, reserveMs);
  }

  /** Milliseconds until the wrapper kills the job. */
  get reservedMs(): number {
    return Math.max(0, this.#end + this.#reserveMs - performance.now());
  }

  /** Milliseconds left for requests and waiting. */
  get leftMs(): number {
    return Math.max(0, this.#end - performance.now());
  }

  /** The job is over: ends all waits and requests. */
  cancel(): void {
    this.#controller.abort(OVER);
    this.#requests.abort(OVER);
  }

  /**
   * The job has failed elsewhere: ends all waits. Running requests get `graceMs`,
   * because an aborted one may leave an unknown lease.
   */
  fail(graceMs: number): void {
    if (this.isCancelled) return;
    this.#controller.abort(OVER);
    new Timer(graceMs, () => this.#requests.abort(OVER));
  }

  /** True after `cancel` or `fail`: nothing waits any more. */
  get isCancelled(): boolean {
    return this.#controller.signal.aborted;
  }

  /** Limits a request. `AbortSignal.any` would leave a timer and a listener of each request. */
  limitRequest(ms: number): RequestLimit {
    const { signal } = this.#requests;
    const controller = new AbortController();
    const abort = () => controller.abort(OVER);
    const timer = new Timer(ms, abort);
    signal.addEventListener("abort", abort);
    if (signal.aborted) abort();
    return {
      signal: controller.signal,
      release: () => {
        timer.cancel();
        signal.removeEventListener("abort", abort);
      },
    };
  }

  /** Waits; resolves early when cancelled. */
  sleep(ms: number): Promise<void> {
    if (this.isCancelled) return Promise.resolve();
    return new Promise((resolve) => {
      const signal = this.#controller.signal;
      const finish = () => {
        timer.cancel();
        signal.removeEventListener("abort", finish);
        resolve();
      };
      const timer = new Timer(ms, finish);
      signal.addEventListener("abort", finish);
    });
  }
}
