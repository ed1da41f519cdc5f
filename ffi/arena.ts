/**
 * Handle on native memory for secrets. Its text, JSON and inspection forms show
 * the size, never the content.
 */
import { FfiError, unwrap } from "./errno.ts";
import { library } from "./library.ts";
import { pointerTo, viewOf } from "./pointer.ts";

const KINDS = { secretmem: 1, ordinary: 2 } as const;
const LOCK_WANTED = 1;

/** secretmem: memfd_secret(2). ordinary: a memfd, used only for a transfer. */
export type ArenaKind = keyof typeof KINDS;

/** How an arena is mapped. */
export interface MapOptions {
  /** "wanted": continue if mlock fails. Default "required". */
  readonly lock?: "required" | "wanted";
}

/**
 * Creates an empty file for an arena.
 *
 * @throws {FfiError} ENOSYS, EPERM: the kernel or a seccomp profile refuses.
 */
export function arenaFd(kind: ArenaKind): number {
  return unwrap("ct_arena_fd", library().ct_arena_fd(KINDS[kind]));
}

/** A locked mapping between guard pages, with its blocks. */
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
   * Maps `bytes` (rounded up to pages) of fd, or anonymous memory if fd is -1.
   * Always closes fd.
   *
   * @throws {FfiError} EAGAIN, ENOMEM, EPERM: RLIMIT_MEMLOCK. EINVAL: the file
   * has a different size.
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

  /** Wraps an arena that C created. */
  static of(handle: bigint): Arena {
    return new Arena(handle);
  }

  /** For calls into C. @throws {FfiError} EBADF: closed. */
  get handle(): Deno.PointerValue {
    return this.#open();
  }

  /** Size of an arena that holds `blocks` blocks with `bytes` bytes in total. */
  static need(blocks: number, bytes: number): number {
    return Number(library().ct_arena_need(BigInt(blocks), BigInt(bytes)));
  }

  /** Writes the empty header. Only one of two processes that share an arena does this. */
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
   * Verifies the header, the lengths and the canaries.
   *
   * @returns the number of blocks.
   * @throws {FfiError} EBADMSG: something was overwritten.
   */
  check(): number {
    return unwrap("ct_arena_check", library().ct_arena_check(this.#open()));
  }

  /** Address and size, without the guard pages. */
  bounds(): { start: bigint; bytes: number } {
    return { ...this.#bounds };
  }

  /** Whether this process still has a descriptor of the arena's file. */
  fdIsOpen(): boolean {
    const answer = library().ct_arena_fd_is_open(this.#open());
    return unwrap("ct_arena_fd_is_open", answer) === 1;
  }

  /**
   * Moves the content of an ordinary arena to private anonymous memory and
   * closes this arena.
   *
   * @throws {FfiError} as `map`; this arena is then unchanged.
   */
  makePrivate(): Arena {
    const handle = new BigUint64Array(1);
    const answer = library().ct_arena_make_private(this.#open(), handle);
    unwrap("ct_arena_make_private", answer);
    this.#handle = null;
    return new Arena(handle[0] ?? 0n);
  }

  /** Unmaps without wiping: another process owns the content. */
  detach(): void {
    library().ct_arena_detach(this.#handle);
    this.#handle = null;
  }

  /** Wipes and unmaps, after all {@linkcode retainArenas} are disposed. Idempotent. */
  close(): void {
    whenReleased(() => {
      library().ct_arena_close(this.#handle);
      this.#handle = null;
    });
  }

  [Symbol.dispose](): void {
    this.close();
  }

  /** The size, never the content. */
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

let retained = 0;
let postponed: (() => void)[] = [];

/**
 * Keeps every arena mapped until the result is disposed, for a reader on another
 * thread or in several steps. `Arena.close()` meanwhile returns at once; the arena
 * is wiped and unmapped when the last reader has finished.
 */
export function retainArenas(): Disposable {
  retained++;
  let isRetained = true;
  return {
    [Symbol.dispose]: () => {
      if (!isRetained) return;
      isRetained = false;
      retained--;
      if (retained > 0) return;
      const due = postponed;
      postponed = [];
      due.forEach((close) => close());
    },
  };
}

function whenReleased(close: () => void): void {
  if (retained === 0) close();
  else postponed.push(close);
}
