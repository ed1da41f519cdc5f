/**
 * The process as the kernel made it: its argument and environment blocks as raw
 * bytes, the wiping of memory, and hardening of the whole process.
 */
import { unwrap } from "./errno.ts";
import { library } from "./library.ts";
import { buffer, viewOf } from "./pointer.ts";

const NO_DUMP = 1;
const NO_NEW_PRIVS = 2;
const SUBREAPER = 4;

/** Zero-copy views on the kernel's blocks: NUL-terminated strings in a row. */
export interface Image {
  readonly args: Uint8Array;
  readonly env: Uint8Array;
}

/** What `harden` puts in force. */
export interface HardenOptions {
  /** PR_SET_DUMPABLE 0 and no core file. Open `/proc/self/fd` paths before. */
  readonly noDump?: boolean;
  /** PR_SET_NO_NEW_PRIVS. */
  readonly noNewPrivileges?: boolean;
  /** Orphans come to us, though we are not PID 1. */
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

/** Overwrites a view's bytes with zeros, in a way no compiler drops. */
export function wipe(view: Uint8Array): void {
  library().ct_wipe(buffer(view), BigInt(view.length));
}

/** @throws {FfiError} when the kernel refuses one of them. */
export function harden(options: HardenOptions): void {
  const flags = (options.noDump ? NO_DUMP : 0) |
    (options.noNewPrivileges ? NO_NEW_PRIVS : 0) |
    (options.subreaper ? SUBREAPER : 0);
  unwrap("ct_harden", library().ct_harden(flags));
}

/** Gives back memory that only the start needed: free heap, text pages that ran once. */
export function trim(): void {
  unwrap("ct_trim", library().ct_trim());
}
