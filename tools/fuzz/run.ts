/** Gives inputs to one target, in this thread. */
import { mutate } from "./mutate.ts";
import { Random } from "./random.ts";
import { encode, type Target } from "./target.ts";

/** Longest time for one input; a busy machine gets a second try. */
const LIMIT_MS = 1000;
/** What the heap may grow by between the first fifth of the inputs and the last. */
const MOST_GROWTH_BYTES = 8 * 1024 * 1024;

/** Something that one input did. */
export interface Found {
  readonly what: string;
  readonly input: Uint8Array;
  /** It takes many inputs to see it. */
  readonly isOfMany?: boolean;
}

/** Inputs of a target, by their number. */
export function inputsOf(
  { name, samples, words = [] }: Target,
  seed: number,
): (index: number) => Uint8Array {
  const [all, inserted] = [samples.map(encode), words.map(encode)];
  // First the samples themselves.
  return (index) =>
    all[index]?.slice() ?? mutate(all, inserted, new Random(seed, name, index));
}

/** Checks one input. @returns what is wrong with it */
export async function tryInput(
  { check }: Target,
  input: Uint8Array,
): Promise<string | undefined> {
  for (let left = 2;; left--) {
    const started = performance.now();
    try {
      // Parsers may change their input.
      const waiting = check(input.slice());
      if (waiting) await waiting;
    } catch (error) {
      return error instanceof Error
        ? `${error.name}: ${error.message}`
        : String(error);
    }
    const took = performance.now() - started;
    if (took <= LIMIT_MS) return undefined;
    if (left === 1) return `it took ${Math.round(took)} ms`;
  }
}

/**
 * Runs a part of the inputs.
 *
 * @param note called with the number of each input before it is tried
 */
export async function runTarget(
  target: Target,
  { seed, count, note }: {
    readonly seed: number;
    readonly count: number;
    readonly note: (index: number) => void;
  },
): Promise<Found | undefined> {
  const inputs = inputsOf(target, seed);
  const warm = Math.floor(count / 5);
  let before = Infinity;
  for (let index = 0; index < count; index++) {
    if (index === warm) before = heapBytes();
    note(index);
    const input = inputs(index);
    const what = await tryInput(target, input);
    if (what !== undefined) return { what, input };
  }
  const grown = heapBytes() - before;
  if (grown <= MOST_GROWTH_BYTES) return undefined;
  return {
    what: `the heap grew by ${Math.round(grown / 1024)} KiB in ${
      count - warm
    } inputs`,
    input: inputs(count - 1),
    isOfMany: true,
  };
}

/** After a collection, which --expose-gc offers. */
function heapBytes(): number {
  (globalThis as { gc?: () => void }).gc?.();
  return Deno.memoryUsage().heapUsed;
}
