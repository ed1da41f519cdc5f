/** The thread that runs one target, so that an input without an end can be ended. */
import { runTarget, tryInput } from "./run.ts";
import { findTarget } from "./targets.ts";

/** The first message to the thread. */
export interface Job {
  readonly name: string;
  readonly seed: number;
  readonly count: number;
  /** Number of the input that it tries. */
  readonly progress: Int32Array;
  /** Only this one. */
  readonly input?: Uint8Array;
}

const scope = globalThis as unknown as Worker;
scope.onmessage = async ({ data }: MessageEvent<Job>) => {
  const { name, seed, count, progress, input } = data;
  const target = findTarget(name);
  if (!target) throw new TypeError(`no target ${name}`);
  const note = (index: number) => progress[0] = index;
  if (input) {
    const what = await tryInput(target, input);
    return scope.postMessage({ found: what && { what, input } });
  }
  const found = await runTarget(target, { seed, count, note });
  scope.postMessage({ found });
};
