/** Types and shell texts for a machine under test. */
import type { Arch } from "../../tools/build/target.ts";
import type { KernelName } from "../../tools/vm/kernels.ts";

/** Which machine. */
export interface Boot {
  readonly kernel: KernelName;
  /** This machine's processor by default. */
  readonly arch?: Arch;
  /** More boot parameters. */
  readonly parameters?: readonly string[];
  /** With gdb, strace and criu. */
  readonly debuggers?: boolean;
  /** In MiB. */
  readonly memory?: number;
}

/** A process in the machine and the file in which it said where its secret is. */
export interface Victim {
  readonly pid: number;
  readonly facts: string;
}

/** A wrapper that runs in the machine. */
export interface GuestWrapper {
  readonly pid: number;
  readonly application: Victim;
  /** File of what it logged. */
  readonly log: string;
}

/** How a wrapper is started. */
export interface WrapperOptions {
  /** In namespaces of its own, where it is PID 1. */
  readonly isPidOne?: boolean;
  readonly variables?: readonly string[];
}

/** Waits at most 20 s, and does not fail after that. */
export function waitFor(condition: string): string {
  return `n=0
    until ${condition} || [ $n -ge 400 ]; do n=$((n + 1)); sleep 0.05; done`;
}

/** The PID, outside of its namespace, of a wrapper that unshare(1) started. */
export const FIRST_CHILD =
  "wrapper=$(cut -d' ' -f1 /proc/$wrapper/task/*/children)";
