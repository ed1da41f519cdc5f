/** Waits. */

const PAUSE_MS = 25;

export function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

/** Calls `isSo` until it returns true or the time is over. @returns whether it did */
export async function until(
  limitMs: number,
  isSo: () => boolean | Promise<boolean>,
  pauseMs = PAUSE_MS,
): Promise<boolean> {
  const limit = performance.now() + limitMs;
  for (;;) {
    if (await isSo()) return true;
    if (performance.now() >= limit) return false;
    await sleep(pauseMs);
  }
}
