/**
 * Whether a process grew. A single sample says little: a fetcher that runs, or a
 * garbage collection that is due, is not growth. So two windows are compared: the
 * one behind the warm-up, and the last one. Memory is the median of a window.
 * Descriptors and threads are its lower decile, the number at rest: a job has
 * some of its own while it runs, and a leak raises the number at rest too.
 */
import type { Sample, Series } from "./sample.ts";

/** What happens at first, such as the compilation of code, is not growth. */
const WARM_UP_SECONDS = 300;
const WINDOW_SECONDS = 300;

type Measure = Exclude<keyof Sample, "seconds">;

const [MEDIAN, LOWER_DECILE] = [0.5, 0.1];
/** The quantile, and its most growth. RSS also has pages of files, so it is only shown. */
const LIMITS: readonly (readonly [Measure, number, number])[] = [
  ["privateKib", MEDIAN, 1024],
  ["lockedKib", MEDIAN, 1024],
  ["descriptors", LOWER_DECILE, 0],
  ["threads", LOWER_DECILE, 0],
];

/** One measure of one process. */
export interface Verdict {
  readonly process: string;
  readonly measure: Measure;
  /** In the first and the last window. */
  readonly first: number;
  readonly last: number;
  readonly isGrowth: boolean;
}

/** Four verdicts for each process. In short runs warm-up and windows are a quarter of the run. */
export function judge(all: readonly Series[]): Verdict[] {
  return all.flatMap(({ name, samples }) => {
    const end = samples.at(-1)?.seconds ?? 0;
    const warmUp = Math.min(WARM_UP_SECONDS, end / 4);
    const window = Math.min(WINDOW_SECONDS, end / 4);
    const first = samples.filter(({ seconds }) =>
      seconds >= warmUp && seconds <= warmUp + window
    );
    const last = samples.filter(({ seconds }) => seconds >= end - window);
    return LIMITS.map(([measure, part, limit]) => {
      const values = {
        first: quantile(first, measure, part),
        last: quantile(last, measure, part),
      };
      // A missing measure (NaN) counts as growth.
      const isGrowth = !(values.last - values.first <= limit);
      return { process: name, measure, ...values, isGrowth };
    });
  });
}

function quantile(
  samples: readonly Sample[],
  measure: Measure,
  part: number,
): number {
  const sorted = samples.map((sample) => sample[measure]).sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length * part)] ?? NaN;
}

/** One line for each process. */
export function renderVerdicts(verdicts: readonly Verdict[]): string {
  const lines = verdicts.map(({ process, measure, first, last, isGrowth }) =>
    `${process} ${measure}: ${first} after the warm-up, ${last} at the end${
      isGrowth ? ": GROWTH" : ""
    }`
  );
  return lines.join("\n");
}
