/**
 * Runs jobs at the same time as far as the machine's processors allow, in the
 * given order. Knows nothing of tests.
 */

/** Something to run. */
export interface Weighted {
  /** How many processors it keeps busy, 0.5 for one that mostly waits. */
  readonly load: number;
}

/**
 * Calls `run` for every job and waits for all. A job that does not fit beside
 * those that run waits, and a later one that fits goes first.
 *
 * @param capacity the sum of loads that may run; a job of more runs alone
 * @throws the first error of `run`, after what runs has ended
 */
export async function runInLanes<T extends Weighted>(
  jobs: readonly T[],
  capacity: number,
  run: (job: T) => Promise<void>,
): Promise<void> {
  const waiting = [...jobs];
  const running = new Map<T, Promise<void>>();
  const errors: unknown[] = [];
  const start = (job: T) => {
    waiting.splice(waiting.indexOf(job), 1);
    const work = run(job).catch((error) => void errors.push(error))
      .finally(() => running.delete(job));
    running.set(job, work);
  };
  while (waiting.length + running.size > 0) {
    const next = errors.length > 0 ? undefined : waiting.find(({ load }) => {
      const busy = [...running.keys()].reduce((sum, job) => sum + job.load, 0);
      return busy === 0 || busy + load <= capacity;
    });
    if (next !== undefined) start(next);
    else if (running.size > 0) await Promise.race(running.values());
    else break;
  }
  if (errors.length > 0) throw errors[0];
}
