/** Work on many things, some at a time. */

/**
 * Calls `work` for every item, at most `limit` at once; results in the items'
 * order. After a failure no new work is begun, and the first failure is thrown
 * once what is under way has ended.
 */
export async function mapBounded<T, R>(
  items: readonly T[],
  limit: number,
  work: (item: T) => Promise<R>,
): Promise<R[]> {
  const results = new Array<R>(items.length);
  const queue = items.entries();
  const failures: unknown[] = [];
  const labour = async () => {
    for (const [index, item] of queue) {
      if (failures.length > 0) return;
      try {
        results[index] = await work(item);
      } catch (error) {
        failures.push(error);
      }
    }
  };
  const hands = Math.min(limit, items.length);
  await Promise.all(Array.from({ length: hands }, labour));
  if (failures.length > 0) throw failures[0];
  return results;
}
