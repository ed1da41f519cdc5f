/** Counts errands by their kind: how many, how many in vain, and how long they took. */

/** One kind of errand. */
export interface ErrandCount {
  readonly errand: string;
  readonly runs: number;
  readonly failures: number;
  readonly seconds: number;
}

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

/** One count a kind, since the start. */
export class ErrandTally {
  readonly #counts: Mutable<ErrandCount>[];

  /** Kinds that never happen are counted too: a rate needs its 0. */
  constructor(kinds: readonly string[]) {
    this.#counts = kinds.map((errand) => {
      return { errand, runs: 0, failures: 0, seconds: 0 };
    });
  }

  get counts(): readonly ErrandCount[] {
    return this.#counts;
  }

  /** Runs one errand and counts it; `isWanted` tells whether its failure still is one. */
  async count<T>(
    kind: string,
    errand: () => Promise<T>,
    isWanted: () => boolean,
  ): Promise<T> {
    const count = this.#counts.find((one) => one.errand === kind);
    const started = performance.now();
    try {
      return await errand();
    } catch (error) {
      if (count && isWanted()) count.failures++;
      throw error;
    } finally {
      if (count) {
        count.runs++;
        count.seconds += (performance.now() - started) / 1000;
      }
    }
  }
}
