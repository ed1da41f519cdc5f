/**
 * Starting, waiting for and signalling processes. C receives the signals and reaps
 * orphans; {@linkcode waitEvent} returns what needs a decision.
 */
import { FfiError, unwrap } from "./errno.ts";
import { library } from "./library.ts";
import type { Handoff } from "./handoff.ts";
import { addressOf, pointerArray } from "./pointer.ts";

const OWN_GROUP = 1;
const DIE_WITH_US = 2;
const CLOSE_OTHERS = 4;
const EVENT_SIGNAL = 1;
const EVENT_EXIT = 2;
const ESRCH = 3;

/** What to start. All strings end with NUL; they are passed by address. */
export interface SpawnOptions {
  /** Candidates, tried in order as execvp(3) does. */
  readonly paths: readonly Uint8Array[];
  readonly argv: readonly Uint8Array[];
  readonly envp: readonly Uint8Array[];
  /** Descriptors that become 3, 4, … in the child. */
  readonly fds?: readonly number[];
  /** A process group of its own, which becomes the terminal's foreground if we are. */
  readonly ownGroup?: boolean;
  /** Killed when the calling thread ends. */
  readonly dieWithUs?: boolean;
  /** The child inherits only the standard and the passed descriptors. */
  readonly closeOthers?: boolean;
  /** Soft RLIMIT_NOFILE of the child. */
  readonly nofileSoft?: bigint;
  /** What the program receives in secret memory; `envp` is made for it. */
  readonly handoff?: SpawnHandoff;
}

/** The hand-off for a program. */
export interface SpawnHandoff {
  readonly handoff: Handoff;
  /** Descriptors of the hand-off and the interposer; the child inherits the same numbers. */
  readonly fds: readonly [number, number];
}

/** A received signal, the end of a child, or a timeout. */
export type ChildEvent =
  | { kind: "signal"; signo: number; forwarded: boolean }
  | { kind: "exit"; pid: number; code: number; signal: number; dumped: boolean }
  | { kind: "timeout" };

/** Keeps memory alive that is passed by address, which the garbage collector does not see. */
let _passed: unknown;

function flagsOf(options: SpawnOptions): number {
  return (options.ownGroup ? OWN_GROUP : 0) |
    (options.dieWithUs ? DIE_WITH_US : 0) |
    (options.closeOthers ? CLOSE_OTHERS : 0);
}

/**
 * Starts a process; `waitEvent` will report its end.
 *
 * @returns its pid.
 * @throws {FfiError} with execve's errno (ENOENT, EACCES, ENOEXEC, E2BIG, …);
 * EOPNOTSUPP: the program cannot receive the hand-off.
 */
export function spawn(options: SpawnOptions): number {
  const { paths, argv, envp, handoff } = options;
  const arrays = [paths, argv, envp].map(pointerArray);
  const fds = Int32Array.from(options.fds ?? [0]);
  // struct ct_spawn: four pointers, two 32-bit numbers, the limit of files, two pointers.
  const what = new BigUint64Array(8);
  for (const [index, array] of arrays.entries()) what[index] = addressOf(array);
  const fdBytes = new Uint8Array(fds.buffer);
  what[3] = addressOf(fdBytes);
  const count = options.fds?.length ?? 0;
  new Uint32Array(what.buffer, 32, 2).set([count, flagsOf(options)]);
  what[5] = options.nofileSoft ?? 0n;
  const handoffFds = new Uint8Array(Int32Array.from(handoff?.fds ?? []).buffer);
  if (handoff) {
    what[6] = addressOf(handoffFds);
    what[7] = handoff.handoff.address;
  }
  _passed = [arrays, fdBytes, options, handoffFds];
  const answer = library().ct_spawn(what);
  _passed = undefined;
  return unwrap("ct_spawn", answer);
}

/**
 * Registers a child that the entry stub started.
 *
 * @throws {FfiError} ECHILD: not a child of this process, or it has ended. EUSERS:
 * too many are registered.
 */
export function registerChild(pid: number): void {
  unwrap("ct_register_child", library().ct_register_child(pid));
}

/** Blocks every signal that can be blocked, in this thread and those it starts. */
export function blockSignals(): void {
  unwrap("ct_signals_block", library().ct_signals_block());
}

function parseEvent(event: Int32Array): ChildEvent {
  const [kind, signo = 0, forwarded, pid = 0, code = 0, signal = 0, dumped] =
    event;
  if (kind === EVENT_SIGNAL) {
    return { kind: "signal", signo, forwarded: forwarded === 1 };
  }
  if (kind === EVENT_EXIT) {
    return { kind: "exit", pid, code, signal, dumped: dumped === 1 };
  }
  return { kind: "timeout" };
}

/**
 * Waits for the next event; reaps and counts orphans. One call at a time.
 *
 * @param timeoutMs < 0: no limit. @throws {FfiError}
 */
export async function waitEvent(
  timeoutMs: number,
): Promise<ChildEvent & { orphans: number }> {
  const event = new Int32Array(10);
  unwrap("ct_wait", await library().ct_wait(timeoutMs, event));
  const orphans = Number(new BigUint64Array(event.buffer, 32, 1)[0]);
  return { ...parseEvent(event), orphans };
}

/** Orphans reaped so far, including those since the last event. */
export function countOrphans(): number {
  return Number(library().ct_orphans());
}

/** From now on C forwards received signals to this child, or to its group. 0: stop forwarding. */
export function forwardSignalsTo(pid: number, group: boolean): void {
  unwrap("ct_forward_to", library().ct_forward_to(pid, group ? 1 : 0));
}

/**
 * Signals a child or its group, never a process that reuses its pid.
 *
 * @returns false: it no longer exists. @throws {FfiError} EPERM, EINVAL.
 */
export function kill(pid: number, signo: number, group: boolean): boolean {
  const answer = library().ct_kill(pid, signo, group ? 1 : 0);
  if (answer === -ESRCH) return false;
  if (answer < 0) throw new FfiError("ct_kill", -answer);
  return true;
}
