/** Counts fetcher processes by job: how many, how many failed, and their time. */
import { Counter } from "@/base/metric.ts";

const FETCHES = new Counter(
  "cloudtaser_fetches_total",
  "Fetcher processes started, by job",
);
const FAILURES = new Counter(
  "cloudtaser_fetch_failures_total",
  "Fetches that failed, by job",
);
const SECONDS = new Counter(
  "cloudtaser_fetch_seconds_total",
  "Time that fetches took, by job",
);

for (const job of ["fetch", "renew", "revoke"]) {
  for (const counter of [FETCHES, FAILURES, SECONDS]) counter.add(0, { job });
}

/**
 * Runs one job and counts it.
 *
 * @param isWanted whether a failure still counts as one
 */
export async function countJob<T>(
  job: string,
  run: () => Promise<T>,
  isWanted: () => boolean,
): Promise<T> {
  const started = performance.now();
  try {
    return await run();
  } catch (error) {
    if (isWanted()) FAILURES.add(1, { job });
    throw error;
  } finally {
    FETCHES.add(1, { job });
    SECONDS.add((performance.now() - started) / 1000, { job });
  }
}
