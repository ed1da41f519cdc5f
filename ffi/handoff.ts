/**
 * Secrets handed over to the application: the hand-off that is made for it, what
 * the interposer there reports, and which programs can take one over.
 */
import { Arena } from "./arena.ts";
import { unwrap } from "./errno.ts";
import { library } from "./library.ts";
import { buffer, pointerArray } from "./pointer.ts";

const LOADER_BYTES = 256;
const ADOPTED = 1;

/** What the interposer in the application has written. */
export interface HandoffReport {
  /** The environment of `pid` points into the hand-off. */
  readonly isAdopted: boolean;
  /** Secrets in the hand-off. */
  readonly expected: number;
  /** Entries of the environment that point to one. */
  readonly adopted: number;
  readonly pid: number;
  /** Programs that this process has executed since. */
  readonly executed: number;
  /** What the last of them was found to be; 0: it took a hand-off over, too. */
  readonly verdict: number;
}

/** Secrets in secret memory that the application will map, too. */
export class Handoff {
  readonly #arena: Arena;
  /** Its descriptor: to be closed as soon as the application has it. */
  readonly fd: number;

  private constructor(arena: Arena, fd: number) {
    this.#arena = arena;
    this.fd = fd;
  }

  /**
   * Packs `NAME=value` strings, each with its NUL; none may lack its value.
   *
   * @param loader path, with its NUL, of the loader that was tried
   * @param spare bytes by which each may grow at an update; 0: none is updated
   * @throws {FfiError} when there is no secret memory for it.
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

  /** Address of its `struct ct_arena`, for the shim. */
  get address(): bigint {
    return BigInt(Deno.UnsafePointer.value(this.#arena.handle));
  }

  /** Bytes of its mapping. */
  get bytes(): number {
    return this.#arena.bounds().bytes;
  }

  /**
   * Replaces a `NAME=value` string (with its NUL) for an application that reads
   * its environment again.
   *
   * @returns false: it does not fit, or is none of the hand-off's
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

  /** Lets the application go, which stands before its first instruction. */
  release(): void {
    library().ct_handoff_release(this.#arena.handle);
  }

  /** Unmaps it here; the application keeps its own. */
  close(): void {
    this.#arena.detach();
  }
}

/**
 * Looks at a program. `verdict` 0: it can take a hand-off over (c/interposer/target.h
 * has the others); `loader` is the path of its loader, with its NUL.
 *
 * @param path with its NUL.
 */
export function lookAtTarget(
  path: Uint8Array,
): { verdict: number; loader: Uint8Array } {
  const loader = new Uint8Array(LOADER_BYTES);
  const verdict = library().ct_target(buffer(path), loader);
  return { verdict, loader: loader.subarray(0, loader.indexOf(0) + 1) };
}
