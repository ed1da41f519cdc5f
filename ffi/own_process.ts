/** This process: its argument and environment blocks from execve, and its hardening. */
import { unwrap } from "./errno.ts";
import { library } from "./library.ts";
import { viewOf } from "./pointer.ts";

const NO_DUMP = 1;
const NO_NEW_PRIVS = 2;
const SUBREAPER = 4;
/** Longer than an entry of smaps. */
const ENTRY_BYTES = 1024;

/** Zero-copy views of the blocks from execve: consecutive NUL-terminated strings. */
export interface ExecBlocks {
  readonly args: Uint8Array;
  readonly env: Uint8Array;
}

/** Options of {@linkcode harden}. */
export interface HardenOptions {
  /** PR_SET_DUMPABLE 0 and no core file. `/proc/self/fd` paths cannot be opened afterwards. */
  readonly noDump?: boolean;
  /** PR_SET_NO_NEW_PRIVS. */
  readonly noNewPrivileges?: boolean;
  /** Become the parent of orphaned descendants even when not PID 1. */
  readonly subreaper?: boolean;
}

/** @throws {FfiError} EIO when `/proc/self/stat` cannot be read. */
export function readExecBlocks(): ExecBlocks {
  const found = new BigUint64Array(4);
  unwrap("ct_exec_blocks", library().ct_exec_blocks(found));
  const [argStart = 0n, argEnd = 0n, envStart = 0n, envEnd = 0n] = found;
  return {
    args: viewOf(argStart, Number(argEnd - argStart)),
    env: viewOf(envStart, Number(envEnd - envStart)),
  };
}

/**
 * The entries of /proc/self/smaps for all mappings in the given memory, and for one
 * mapping of ordinary memory as a control.
 *
 * @throws {FfiError} ENOSPC: there are more than four mappings for each memory, and 32.
 */
export function readSmaps(
  memory: readonly { readonly start: bigint; readonly bytes: number }[],
): string {
  const ranges = new BigUint64Array(
    memory.flatMap(({ start, bytes }) => [start, BigInt(bytes)]),
  );
  const text = new Uint8Array(ENTRY_BYTES * (32 + 4 * memory.length));
  const { ct_smaps } = library();
  const [count, size] = [BigInt(memory.length), BigInt(text.length)];
  const used = unwrap("ct_smaps", ct_smaps(ranges, count, text, size));
  return new TextDecoder().decode(text.subarray(0, used));
}

/** Whether BPF is an active security module. Undefined: the kernel does not say (before 6.8, or a seccomp filter). */
export function hasBpfLsm(): boolean | undefined {
  const answer = library().ct_has_bpf_lsm();
  return answer < 0 ? undefined : answer === 1;
}

/** The kernel's release, "6.18.44-generic", from uname(2). @throws {FfiError} */
export function kernelRelease(): string {
  const text = new Uint8Array(65);
  unwrap("ct_kernel_release", library().ct_kernel_release(text));
  return new TextDecoder().decode(text.subarray(0, text.indexOf(0)));
}

/** @throws {FfiError} when the kernel refuses an option. */
export function harden(options: HardenOptions): void {
  const flags = (options.noDump ? NO_DUMP : 0) |
    (options.noNewPrivileges ? NO_NEW_PRIVS : 0) |
    (options.subreaper ? SUBREAPER : 0);
  unwrap("ct_harden", library().ct_harden(flags));
}
