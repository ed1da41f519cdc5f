/** The threads on which calls wait. */
import { closeFd, receive, socketPair } from "./io.ts";

/**
 * Deno ends a thread that had nothing to do for so long. Threads take turns, so with
 * more frequent calls none ends.
 */
const THREAD_LIFE_MS = 10_000;
/** Three calls wait at the same time; an hour under constant work started seven threads. */
const COUNT = 8;
/** Under a smaller limit of processes, which counts threads too, they are left to the proofs' children. */
const LEAST_PROCESSES = 64;
const LIMIT_MS = 1000;

/**
 * Starts the threads that calls will need. Deno starts another one when no thread is
 * idle, and one that has just finished is not idle yet: under constant work their
 * number would rise for hours. Never rejects.
 *
 * @param periodMs between calls; with a long one the threads end, so none is started
 */
export async function startThreads(periodMs = Infinity): Promise<void> {
  if (periodMs >= THREAD_LIFE_MS) return;
  try {
    if (readProcessLimit() < LEAST_PROCESSES) return;
    const [ours, theirs] = socketPair();
    const waits = Array.from(
      { length: COUNT },
      () => receive(ours, new Uint8Array(1), LIMIT_MS),
    );
    // All wait until now.
    closeFd(theirs);
    await Promise.allSettled(waits);
    closeFd(ours);
  } catch {
    // Without descriptors calls start them when they need them.
  }
}

/** The soft RLIMIT_NPROC. */
function readProcessLimit(): number {
  const text = Deno.readTextFileSync("/proc/self/limits");
  const [, soft] = /^Max processes +(\d+) /m.exec(text) ?? [];
  return soft === undefined ? Infinity : Number(soft);
}
