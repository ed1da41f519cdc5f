/** Bounded concurrency. */

/**
 * Calls `work` for every item, at most `limit` at once. Results are in the
 * items' order. After a failure it starts no new work, waits for running work,
 * and throws the first failure.
 */
export async function mapBounded<T, R>(
  items: readonly T[],
  limit: number,
  work: (item: T) => Promise<R>,
): Promise<R[]> {
  const results = new Array<R>(items.length);
  const queue = items.entries();
  const failures: unknown[] = [];
  const runWorker = async () => {
    for (const [index, item] of queue) {
      if (failures.length > 0) return;
      try {
        results[index] = await work(item);
      } catch (error) {
        failures.push(error);
      }
    }
  };
  const workers = Math.min(limit, items.length);
  await Promise.all(Array.from({ length: workers }, runWorker));
  if (failures.length > 0) throw failures[0];
  return results;
}
