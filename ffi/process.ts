/**
 * Starting, waiting for and signalling processes. Signals are taken and orphans
 * are reaped in C; what comes up here is what someone has to decide about.
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

/** What is started. All strings end with NUL; they are passed by address. */
export interface SpawnOptions {
  /** Candidates, tried in order as execvp(3) does. */
  readonly paths: readonly Uint8Array[];
  readonly argv: readonly Uint8Array[];
  readonly envp: readonly Uint8Array[];
  /** Descriptors that become 3, 4, … in the child. */
  readonly fds?: readonly number[];
  /** A process group of its own, and the terminal's foreground if it is ours. */
  readonly ownGroup?: boolean;
  /** Killed when the thread that called us ends. */
  readonly dieWithUs?: boolean;
  /** Nothing above the passed descriptors is inherited. */
  readonly closeOthers?: boolean;
  /** Soft RLIMIT_NOFILE of the child. */
  readonly nofileSoft?: bigint;
  /** What the program takes over; `envp` is made for it. */
  readonly handed?: HandedOptions;
}

/** Secrets on their way to a program. */
export interface HandedOptions {
  readonly handoff: Handoff;
  /** Of hand-off and interposer; inherited under their own numbers. */
  readonly fds: readonly [number, number];
}

/** A signal that came, the end of a child, or neither in time. */
export type ChildEvent =
  | { kind: "signal"; signo: number; forwarded: boolean }
  | { kind: "exit"; pid: number; code: number; signal: number }
  | { kind: "timeout" };

/** Keeps alive what is passed by address, which no collector sees. */
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
 * EOPNOTSUPP: what is handed cannot be taken over.
 */
export function spawn(options: SpawnOptions): number {
  const { paths, argv, envp, handed } = options;
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
  const handedFds = new Uint8Array(Int32Array.from(handed?.fds ?? []).buffer);
  if (handed) {
    what[6] = addressOf(handedFds);
    what[7] = handed.handoff.address;
  }
  _passed = [arrays, fdBytes, options, handedFds];
  const answer = library().ct_spawn(what);
  _passed = undefined;
  return unwrap("ct_spawn", answer);
}

/**
 * Registers a child that the entry stub started.
 *
 * @throws {FfiError} ECHILD: it is no child of ours, or has ended. EUSERS: too
 * many are registered.
 */
export function adopt(pid: number): void {
  unwrap("ct_adopt", library().ct_adopt(pid));
}

/** Blocks every signal that can wait, in this thread and those it starts. */
export function blockSignals(): void {
  unwrap("ct_signals_block", library().ct_signals_block());
}

function parseEvent(event: Int32Array): ChildEvent {
  const [kind, signo = 0, forwarded, pid = 0, code = 0, signal = 0] = event;
  if (kind === EVENT_SIGNAL) {
    return { kind: "signal", signo, forwarded: forwarded === 1 };
  }
  if (kind === EVENT_EXIT) return { kind: "exit", pid, code, signal };
  return { kind: "timeout" };
}

/**
 * The next event; orphans are reaped and counted on the way. One call at a time.
 *
 * @param timeoutMs < 0: for ever. @throws {FfiError}
 */
export async function waitEvent(
  timeoutMs: number,
): Promise<ChildEvent & { orphans: number }> {
  const event = new Int32Array(8);
  unwrap("ct_wait", await library().ct_wait(timeoutMs, event));
  const orphans = Number(new BigUint64Array(event.buffer, 24, 1)[0]);
  return { ...parseEvent(event), orphans };
}

/** Orphans reaped so far, also those that no event told of yet. */
export function countOrphans(): number {
  return Number(library().ct_orphans());
}

/** From now on signals go to this child at once (to its group); 0: to nobody. */
export function mind(pid: number, group: boolean): void {
  unwrap("ct_mind", library().ct_mind(pid, group ? 1 : 0));
}

/**
 * Signals a child or its group, never someone who got its number later.
 *
 * @returns false: it is gone. @throws {FfiError} EPERM, EINVAL.
 */
export function kill(pid: number, signo: number, group: boolean): boolean {
  const answer = library().ct_kill(pid, signo, group ? 1 : 0);
  if (answer === -ESRCH) return false;
  if (answer < 0) throw new FfiError("ct_kill", -answer);
  return true;
}
