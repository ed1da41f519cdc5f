/** Counts fetcher processes by job: how many, how many failed, and their time. */
import { Counter, Duration } from "@/base/metric.ts";

const FAILURES = new Counter(
  "cloudtaser_fetch_failures_total",
  "Fetches that failed, by job",
);
const FETCHES = new Duration(
  "cloudtaser_fetch_duration_seconds",
  "Fetcher processes started and the time that they took, by job",
);

for (const job of ["fetch", "renew", "revoke"]) {
  FAILURES.add(0, { job });
  FETCHES.show({ job });
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
    FETCHES.add(performance.now() - started, { job });
  }
}
