/** One errand's time: how much is left, and waiting within it. */

/** The end of an errand's time, and its cancellation. */
export class Deadline {
  readonly limitMs: number;
  readonly #end: number;
  readonly #controller = new AbortController();

  constructor(limitMs: number) {
    this.limitMs = limitMs;
    this.#end = performance.now() + limitMs;
  }

  /** Milliseconds, 0 when it is over. */
  get leftMs(): number {
    return Math.max(0, this.#end - performance.now());
  }

  /** Wakes all who wait, because the errand has failed elsewhere or is over. */
  cancel(): void {
    this.#controller.abort();
  }

  /** True after `cancel`. */
  get isCancelled(): boolean {
    return this.#controller.signal.aborted;
  }

  /** Follows `cancel`. */
  get signal(): AbortSignal {
    return this.#controller.signal;
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
