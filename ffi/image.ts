/**
 * Properties of this process: the argument and environment blocks from execve,
 * wiping of memory, and hardening.
 */
import { unwrap } from "./errno.ts";
import { library } from "./library.ts";
import { buffer, viewOf } from "./pointer.ts";

const NO_DUMP = 1;
const NO_NEW_PRIVS = 2;
const SUBREAPER = 4;

/** Zero-copy views of the blocks from execve: consecutive NUL-terminated strings. */
export interface Image {
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

/** The version of the C contract that the shim was built for. */
export function abi(): number {
  return library().ct_abi();
}

/** @throws {FfiError} EIO when `/proc/self/stat` cannot be read. */
export function image(): Image {
  const found = new BigUint64Array(4);
  unwrap("ct_image", library().ct_image(found));
  const [argStart = 0n, argEnd = 0n, envStart = 0n, envEnd = 0n] = found;
  return {
    args: viewOf(argStart, Number(argEnd - argStart)),
    env: viewOf(envStart, Number(envEnd - envStart)),
  };
}

/** The kernel's release, "6.18.44-generic", from uname(2). @throws {FfiError} */
export function kernelRelease(): string {
  const text = new Uint8Array(65);
  unwrap("ct_kernel_release", library().ct_kernel_release(text));
  return new TextDecoder().decode(text.subarray(0, text.indexOf(0)));
}

/** Overwrites a view's bytes with zeros. */
export function wipe(view: Uint8Array): void {
  library().ct_wipe(buffer(view), BigInt(view.length));
}

/** @throws {FfiError} when the kernel refuses an option. */
export function harden(options: HardenOptions): void {
  const flags = (options.noDump ? NO_DUMP : 0) |
    (options.noNewPrivileges ? NO_NEW_PRIVS : 0) |
    (options.subreaper ? SUBREAPER : 0);
  unwrap("ct_harden", library().ct_harden(flags));
}

/** Returns free heap and unused text pages to the kernel. */
export function trim(): void {
  unwrap("ct_trim", library().ct_trim());
}
