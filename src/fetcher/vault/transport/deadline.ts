/** The time limit of one job, and waiting within it. */
import { Timer } from "@/base/timer.ts";

/** Reserved at the end of a job for revocation and the response, at most. */
const RESERVE_MS = 500;
const SHARE_OF_RESERVE = 0.1;

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
    this.#controller.abort();
    this.#requests.abort();
  }

  /**
   * The job has failed elsewhere: ends all waits. Running requests get `graceMs`,
   * because an aborted one may leave an unknown lease.
   */
  fail(graceMs: number): void {
    if (this.isCancelled) return;
    this.#controller.abort();
    AbortSignal.timeout(graceMs)
      .addEventListener("abort", () => this.#requests.abort());
  }

  /** True after `cancel`. */
  get isCancelled(): boolean {
    return this.#controller.signal.aborted;
  }

  /** For requests: aborts after `cancel`, or after the grace of `fail`. */
  get signal(): AbortSignal {
    return this.#requests.signal;
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
