/**
 * Handle on native memory for secrets. It never shows content by itself: text,
 * JSON and inspection say how large it is, no more.
 */
import { FfiError, unwrap } from "./errno.ts";
import { whenNotHeld } from "./hold.ts";
import { library } from "./library.ts";
import { pointerTo, viewOf } from "./pointer.ts";

const KINDS = { secretmem: 1, ordinary: 2 } as const;
const LOCK_WANTED = 1;

/** secretmem: memfd_secret(2). ordinary: a memfd, only to carry bytes over. */
export type ArenaKind = keyof typeof KINDS;

/** How an arena is mapped. */
export interface MapOptions {
  /** "wanted": a refused mlock is no error. Default "required". */
  readonly lock?: "required" | "wanted";
}

/**
 * A new file of size 0 for an arena.
 *
 * @throws {FfiError} ENOSYS, EPERM: not offered by this kernel or profile.
 */
export function arenaFd(kind: ArenaKind): number {
  return unwrap("ct_arena_fd", library().ct_arena_fd(KINDS[kind]));
}

/** One locked, guarded mapping, and the blocks in it. */
export class Arena {
  #handle: Deno.PointerValue;
  readonly #bounds: { readonly start: bigint; readonly bytes: number };

  private constructor(handle: bigint) {
    this.#handle = pointerTo(handle);
    const start = new BigUint64Array(1);
    const bytes = new BigUint64Array(1);
    library().ct_arena_bounds(this.#handle, start, bytes);
    this.#bounds = { start: start[0] ?? 0n, bytes: Number(bytes[0]) };
  }

  /**
   * Maps `bytes` (rounded up to pages) of fd, which is closed in any case; -1
   * for anonymous memory.
   *
   * @throws {FfiError} EAGAIN, ENOMEM, EPERM: RLIMIT_MEMLOCK. EINVAL: the file
   * has another size.
   */
  static map(fd: number, bytes: number, options: MapOptions = {}): Arena {
    const handle = new BigUint64Array(1);
    const flags = options.lock === "wanted" ? LOCK_WANTED : 0;
    unwrap(
      "ct_arena_map",
      library().ct_arena_map(fd, BigInt(bytes), flags, handle),
    );
    return new Arena(handle[0] ?? 0n);
  }

  /** One that C has made. */
  static of(handle: bigint): Arena {
    return new Arena(handle);
  }

  /** For calls into C; throws when it is closed. */
  get handle(): Deno.PointerValue {
    return this.#open();
  }

  /** Bytes that an arena for so many blocks of so many bytes in all needs. */
  static need(blocks: number, bytes: number): number {
    return Number(library().ct_arena_need(BigInt(blocks), BigInt(bytes)));
  }

  /** Writes the empty header. One of the two sharing processes does it. */
  format(): void {
    unwrap("ct_arena_format", library().ct_arena_format(this.#open()));
  }

  /**
   * Adds a zeroed block.
   *
   * @returns its index.
   * @throws {FfiError} ENOSPC: full. EBADMSG: damaged.
   */
  add(length: number): number {
    const answer = library().ct_arena_add(this.#open(), BigInt(length));
    return unwrap("ct_arena_add", answer);
  }

  /**
   * Zero-copy view of a block; must not outlive the arena.
   *
   * @throws {FfiError} ENOENT: no such block. EBADMSG: damaged.
   */
  block(index: number): Uint8Array {
    const at = new BigUint64Array(1);
    const length = new BigUint64Array(1);
    const answer = library().ct_arena_block(this.#open(), index, at, length);
    unwrap("ct_arena_block", answer);
    return viewOf(at[0] ?? 0n, Number(length[0]));
  }

  /**
   * Walks header, lengths and canaries.
   *
   * @returns how many blocks there are.
   * @throws {FfiError} EBADMSG: something was overwritten.
   */
  check(): number {
    return unwrap("ct_arena_check", library().ct_arena_check(this.#open()));
  }

  /** Where it lies, without its guard pages. */
  bounds(): { start: bigint; bytes: number } {
    return { ...this.#bounds };
  }

  /** Whether a descriptor of this process still refers to its file. */
  fdIsOpen(): boolean {
    const answer = library().ct_arena_fd_is_open(this.#open());
    return unwrap("ct_arena_fd_is_open", answer) === 1;
  }

  /**
   * Moves the content of an ordinary arena to anonymous memory of our own. This
   * one is closed afterwards.
   *
   * @throws {FfiError} as `map`; this arena is then unchanged.
   */
  settle(): Arena {
    const handle = new BigUint64Array(1);
    const answer = library().ct_arena_settle(this.#open(), handle);
    unwrap("ct_arena_settle", answer);
    this.#handle = null;
    return new Arena(handle[0] ?? 0n);
  }

  /** Unmaps without wiping: the content belongs to another process now. */
  detach(): void {
    library().ct_arena_detach(this.#handle);
    this.#handle = null;
  }

  /** Wipes and unmaps, at once or when arenas are not held any more. Twice is fine. */
  close(): void {
    whenNotHeld(() => {
      library().ct_arena_close(this.#handle);
      this.#handle = null;
    });
  }

  [Symbol.dispose](): void {
    this.close();
  }

  /** Its size, never its content. */
  toString(): string {
    return `[arena ${this.#bounds.bytes} bytes]`;
  }

  /** As toString. */
  toJSON(): string {
    return this.toString();
  }

  [Symbol.for("Deno.customInspect")](): string {
    return this.toString();
  }

  #open(): Deno.PointerValue {
    if (this.#handle === null) throw new FfiError("arena is closed", 9);
    return this.#handle;
  }
}
