/**
 * Runs jobs in lanes, each job on the next free lane in the given order. A job
 * that must be alone waits until all lanes are free. Knows nothing of tests.
 */

/** Calls `run` for every job and waits for all. The first error ends it, after what runs. */
export async function runInLanes<T extends { readonly isAlone: boolean }>(
  jobs: readonly T[],
  lanes: number,
  run: (job: T) => Promise<void>,
): Promise<void> {
  const together = jobs.filter(({ isAlone }) => !isAlone);
  const alone = jobs.filter(({ isAlone }) => isAlone);
  const work = async () => {
    for (let job = together.shift(); job; job = together.shift()) {
      await run(job);
    }
  };
  const ended = await Promise.allSettled(Array.from({ length: lanes }, work));
  for (const result of ended) {
    if (result.status === "rejected") throw result.reason;
  }
  for (const job of alone) await run(job);
}
