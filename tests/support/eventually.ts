/** Polls until a condition holds, with a limit. */

/**
 * The first value for which `isGood` holds.
 * @throws Error after `limitMs`, with the last value
 */
export async function eventually<T>(
  look: () => T | Promise<T>,
  isGood: (value: T) => boolean,
  limitMs = 15_000,
): Promise<T> {
  const limit = performance.now() + limitMs;
  for (;;) {
    const value = await look();
    if (isGood(value)) return value;
    if (performance.now() > limit) {
      throw new Error(`After ${limitMs} ms still ${Deno.inspect(value)}`);
    }
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
