/** Figures out of many runs. Pure. */

/** What a row of samples comes down to; same unit as the samples. */
export interface Summary {
  readonly n: number;
  readonly min: number;
  readonly median: number;
  readonly p90: number;
}

/** Summarizes samples; all zero for none. */
export function summarize(samples: readonly number[]): Summary {
  const sorted = [...samples].sort((a, b) => a - b);
  const at = (share: number) =>
    round(
      sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ??
        0,
    );
  return { n: sorted.length, min: at(0), median: at(0.5), p90: at(0.9) };
}

/** Three digits behind the point at most. */
export function round(value: number): number {
  return Math.round(value * 1000) / 1000;
}

/** Arithmetic mean, for times that are only known to a millisecond. */
export function mean(samples: readonly number[]): number {
  if (samples.length === 0) return 0;
  return round(samples.reduce((sum, x) => sum + x, 0) / samples.length);
}
