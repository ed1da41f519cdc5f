/** One job's time: how much is left, and waiting within it. */

/** Of an job's time, kept for giving back and for the answer, at most. */
const RESERVE_MS = 500;
const SHARE_OF_RESERVE = 0.1;

/** The end of an job's time, and its cancellation. */
export class Deadline {
  /** As it was set: for messages. */
  readonly limitMs: number;
  readonly #end: number;
  readonly #reserveMs: number;
  /** Ends waiting. */
  readonly #controller = new AbortController();
  /** Ends requests that are under way. */
  readonly #requests = new AbortController();

  /**
   * @param lateMs how long ago it began
   * @param reserveMs of the limit, what is not for requests and waiting
   */
  constructor(limitMs: number, lateMs = 0, reserveMs = 0) {
    this.limitMs = limitMs;
    this.#reserveMs = reserveMs;
    this.#end = performance.now() + limitMs - lateMs - reserveMs;
  }

  /** For an job: the wrapper ends it after `limitMs`, in whatever state it is. */
  static ofJob(limitMs: number, lateMs = 0): Deadline {
    const reserveMs = Math.min(RESERVE_MS, limitMs * SHARE_OF_RESERVE);
    return new Deadline(limitMs, lateMs, reserveMs);
  }

  /** Milliseconds until the wrapper ends the job. */
  get reservedMs(): number {
    return Math.max(0, this.#end + this.#reserveMs - performance.now());
  }

  /** Milliseconds, 0 when it is over. */
  get leftMs(): number {
    return Math.max(0, this.#end - performance.now());
  }

  /** Wakes all who wait, because the job is over, and ends their requests. */
  cancel(): void {
    this.#controller.abort();
    this.#requests.abort();
  }

  /**
   * Wakes all who wait, because the job has failed elsewhere. Requests under
   * way get `graceMs`: one that is cut off may leave a lease that nobody knows.
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

  /** For requests: follows `cancel`, and `fail` after its grace. */
  get signal(): AbortSignal {
    return this.#requests.signal;
  }

  /** Waits; returns early when cancelled. */
  sleep(ms: number): Promise<void> {
    if (this.isCancelled) return Promise.resolve();
    return new Promise((resolve) => {
      const signal = this.#controller.signal;
      const finish = () => {
        clearTimeout(timer);
        signal.removeEventListener("abort", finish);
        resolve();
      };
      const timer = setTimeout(finish, ms);
      signal.addEventListener("abort", finish);
    });
  }
}
