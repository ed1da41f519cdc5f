/** Counts jobs by their kind: how many, how many in vain, and how long they took. */

/** One kind of job. */
export interface JobCount {
  readonly job: string;
  readonly runs: number;
  readonly failures: number;
  readonly seconds: number;
}

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

/** One count a kind, since the start. */
export class JobCounts {
  readonly #counts: Mutable<JobCount>[];

  /** Kinds that never happen are counted too: a rate needs its 0. */
  constructor(kinds: readonly string[]) {
    this.#counts = kinds.map((job) => {
      return { job, runs: 0, failures: 0, seconds: 0 };
    });
  }

  get counts(): readonly JobCount[] {
    return this.#counts;
  }

  /** Runs one job and counts it; `isWanted` tells whether its failure still is one. */
  async count<T>(
    kind: string,
    job: () => Promise<T>,
    isWanted: () => boolean,
  ): Promise<T> {
    const count = this.#counts.find((one) => one.job === kind);
    const started = performance.now();
    try {
      return await job();
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
