/** Summaries of samples. */

/** A summary of samples, in their unit. */
export interface Summary {
  readonly n: number;
  readonly min: number;
  readonly median: number;
}

/** Summarizes samples; all zero for none. */
export function summarize(samples: readonly number[]): Summary {
  const sorted = samples.toSorted((a, b) => a - b);
  const at = (index: number) => round(sorted[index] ?? 0);
  return {
    n: sorted.length,
    min: at(0),
    median: at(Math.floor(sorted.length / 2)),
  };
}

/** Three decimals at most. */
export function round(value: number): number {
  return Math.round(value * 1000) / 1000;
}
