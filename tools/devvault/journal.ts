/** What was asked of the server: never a token's value, never a body. */

/** One request. */
export interface Entry {
  readonly method: string;
  /** What follows /v1/, with the query. */
  readonly path: string;
  readonly namespace: string;
  /** Milliseconds since the epoch. */
  readonly at: number;
  /** Whether a token header was there. */
  readonly withToken: boolean;
  /** Status of the answer; 0: none was given. */
  status: number;
}

/** The log of requests, newest last, with a limit. */
export class Journal {
  #entries: Entry[] = [];
  #waiting: (() => void)[] = [];
  static readonly LIMIT = 100_000;

  /** Every request so far. */
  get entries(): readonly Entry[] {
    return this.#entries;
  }

  /** Notes a request; its status is filled in when it is answered. */
  add(entry: Entry): Entry {
    this.#entries.push(entry);
    if (this.#entries.length > Journal.LIMIT) this.#entries.shift();
    return entry;
  }

  /** To be called when an entry is complete: wakes `until`. */
  settled(): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const wake of waiting) wake();
  }

  /** Forgets everything. */
  clear(): void {
    this.#entries = [];
  }

  /**
   * Waits until `count` entries match.
   * @throws Error after `limitMs`
   */
  async until(
    matches: (entry: Entry) => boolean,
    options: { readonly count?: number; readonly limitMs?: number } = {},
  ): Promise<readonly Entry[]> {
    const { count = 1, limitMs = 20_000 } = options;
    let over = false;
    const timer = setTimeout(() => {
      over = true;
      this.settled();
    }, limitMs);
    try {
      for (;;) {
        const found = this.#entries.filter(matches);
        if (found.length >= count) return found;
        if (over) throw new Error(`Only ${found.length} of ${count} requests`);
        await new Promise<void>((resolve) => this.#waiting.push(resolve));
      }
    } finally {
      clearTimeout(timer);
    }
  }
}
