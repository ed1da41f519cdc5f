/** Runs a target in a thread and ends it when one input hangs. */
import { sleep } from "../until.ts";
import { type Found, inputsOf } from "./run.ts";
import type { Target } from "./target.ts";
import type { Job } from "./worker.ts";

/** For one input, or the collection after all of them. */
const HANG_MS = 10_000;
const LOOK_MS = 500;

/** How many inputs were tried, and what one of them did. */
export interface Result {
  readonly inputs: number;
  readonly found: Found | undefined;
}

/** What a run may take. */
interface Limits {
  readonly seed: number;
  readonly count: number;
  /** Of performance.now(). */
  readonly until?: number;
}

/** One target in its thread; `using` ends it. */
class TargetThread implements Disposable {
  readonly #worker = new Worker(new URL("./worker.ts", import.meta.url), {
    type: "module",
  });
  readonly #progress = new Int32Array(new SharedArrayBuffer(4));
  readonly #done = Promise.withResolvers<Found | undefined>();

  constructor(name: string, limits: Limits, input?: Uint8Array) {
    this.#worker.onmessage = ({ data }) => this.#done.resolve(data.found);
    this.#worker.onerror = (event) => {
      event.preventDefault();
      this.#done.reject(new Error(`${name}: ${event.message}`));
    };
    const { seed, count } = limits;
    const job = { name, seed, count, progress: this.#progress };
    this.#worker.postMessage({ ...job, ...input && { input } } satisfies Job);
  }

  /** Number of the input that it tries. */
  get index(): number {
    return this.#progress[0] ?? 0;
  }

  /** Resolves when all inputs were tried, or one did something. */
  get ended(): Promise<Found | undefined> {
    return this.#done.promise;
  }

  [Symbol.dispose](): void {
    this.#worker.terminate();
  }
}

/** Ends by itself after `count` inputs, or at `until`. */
export async function watchTarget(
  target: Target,
  limits: Limits,
): Promise<Result> {
  const { count, seed, until = Infinity } = limits;
  using thread = new TargetThread(target.name, limits);
  const ended = thread.ended.then((found) => {
    return { inputs: found ? thread.index + 1 : count, found };
  });
  const stopped = watchProgress(thread, until).then((hangs) => {
    const inputs = thread.index;
    const input = inputsOf(target, seed)(inputs);
    return { inputs, found: hangs ? { what: hangs, input } : undefined };
  });
  return await Promise.race([ended, stopped]);
}

/** Resolves when the thread hangs, to a message, or when the time is over. */
async function watchProgress(
  thread: TargetThread,
  until: number,
): Promise<string | undefined> {
  let isOver = false;
  const over = () => isOver = true;
  thread.ended.then(over, over);
  let [last, since] = [-1, performance.now()];
  while (!isOver && performance.now() < until) {
    await sleep(LOOK_MS);
    const { index } = thread;
    if (index !== last) [last, since] = [index, performance.now()];
    else if (performance.now() - since > HANG_MS && !isOver) {
      return `no end after ${HANG_MS} ms`;
    }
  }
  return undefined;
}

/** Tries one input again. @returns what is wrong with it */
export async function replay(
  target: Target,
  input: Uint8Array,
): Promise<string | undefined> {
  using thread = new TargetThread(target.name, { seed: 0, count: 1 }, input);
  const ended = thread.ended.then((found) => found?.what);
  return await Promise.race([ended, watchProgress(thread, Infinity)]);
}
