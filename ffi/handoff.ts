/**
 * Secrets that the application receives in secret memory: creating the hand-off,
 * reading the interposer's report, and inspecting programs for support.
 */
import { Arena } from "./arena.ts";
import { unwrap } from "./errno.ts";
import { library } from "./library.ts";
import { buffer, pointerArray } from "./pointer.ts";

const LOADER_BYTES = 256;
const ADOPTED = 1;

/** Written by the interposer in the application. */
export interface HandoffReport {
  /** The environment of `pid` points into the hand-off. */
  readonly isAdopted: boolean;
  /** Secrets in the hand-off. */
  readonly expected: number;
  /** Environment entries that point to a secret. */
  readonly adopted: number;
  readonly pid: number;
  /** Programs that this process has executed since. */
  readonly executed: number;
  /** `enum ct_target` of the last of them; 0: it received a hand-off too. */
  readonly verdict: number;
}

/** Secret memory that the wrapper shares with the application. */
export class Handoff {
  readonly #arena: Arena;
  /** Close it as soon as the application has it. */
  readonly fd: number;

  private constructor(arena: Arena, fd: number) {
    this.#arena = arena;
    this.fd = fd;
  }

  /**
   * Copies NUL-terminated `NAME=value` strings with non-empty values.
   *
   * @param loader NUL-terminated path of the loader that passed the trial
   * @param spare bytes by which each string can grow in an update; 0: no updates
   * @throws {FfiError} when secret memory is not available.
   */
  static pack(
    entries: readonly Uint8Array[],
    loader: Uint8Array,
    spare = 0,
  ): Handoff {
    const handle = new BigUint64Array(1);
    const fd = new Int32Array(1);
    const array = pointerArray(entries);
    const answer = library().ct_handoff(
      new Uint8Array(array.buffer),
      BigInt(entries.length),
      spare,
      buffer(loader),
      handle,
      fd,
    );
    unwrap("ct_handoff", answer);
    return new Handoff(Arena.of(handle[0] ?? 0n), fd[0] ?? -1);
  }

  /** Address of the `struct ct_arena`. */
  get address(): bigint {
    return BigInt(Deno.UnsafePointer.value(this.#arena.handle));
  }

  /** Size of the mapping. */
  get bytes(): number {
    return this.#arena.bounds().bytes;
  }

  /**
   * Replaces a NUL-terminated `NAME=value` string; the application sees it when it
   * next reads its environment.
   *
   * @returns false: the string does not fit, or its name is not in the hand-off
   */
  update(entry: Uint8Array): boolean {
    const answer = library().ct_handoff_update(
      this.#arena.handle,
      buffer(entry),
    );
    return answer === 0;
  }

  report(): HandoffReport {
    const page = new Uint32Array(6);
    library().ct_handoff_report(this.#arena.handle, page);
    const [state, expected = 0, adopted = 0, pid = 0, executed = 0, verdict] =
      page;
    return {
      isAdopted: state === ADOPTED,
      expected,
      adopted,
      pid,
      executed,
      verdict: verdict ?? 0,
    };
  }

  /** Lets the application run its first instruction. */
  release(): void {
    library().ct_handoff_release(this.#arena.handle);
  }

  /** Unmaps it in this process only. */
  close(): void {
    this.#arena.detach();
  }
}

/**
 * Inspects a program. `verdict` 0: it can receive a hand-off (c/interposer/target.h
 * lists the others). `loader`: NUL-terminated path of its loader.
 *
 * @param path NUL-terminated
 */
export function inspectTarget(
  path: Uint8Array,
): { verdict: number; loader: Uint8Array } {
  const loader = new Uint8Array(LOADER_BYTES);
  const verdict = library().ct_target(buffer(path), loader);
  return { verdict, loader: loader.subarray(0, loader.indexOf(0) + 1) };
}
