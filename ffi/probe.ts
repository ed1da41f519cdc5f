/**
 * The probe attack, which the node agent must block and report, and signs of other
 * processes that intercept our system calls. Judging the result is up to the
 * callers (src/wrapper/checks).
 */
import { unwrap } from "./errno.ts";
import { library } from "./library.ts";
import { viewOf } from "./pointer.ts";

/** The attack's ways, in the order of enum ct_probe_way. */
export const PROBE_WAYS = ["mem", "readv", "getfd"] as const;
/** Open /proc/PID/mem, call process_vm_readv(2), or call pidfd_getfd(2). */
export type ProbeWay = typeof PROBE_WAYS[number];

/** One attempt. */
export interface ProbeStep {
  /** The attacker's name during the step: a view of secret memory, 15 letters and digits. */
  readonly name: Uint8Array;
  readonly way: ProbeWay;
  /** False: a control, where the attacker attacks itself. */
  readonly atVictim: boolean;
  /** 0: success; errno; -signal that killed the attacker; undefined: not attempted. */
  readonly end: number | undefined;
}

/** The record of one attack. Valid until the next attack. */
export interface ProbeRecord {
  readonly steps: readonly ProbeStep[];
  /** Before, during and after the attack: pid of a tracer of this process, 0, or -errno. */
  readonly tracers: readonly number[];
  /** Errno of the attacker's PTRACE_TRACEME. */
  readonly traceme: number;
  /** Errno of PTRACE_TRACEME in a child that would inherit a tracer of this process. */
  readonly inherited: number;
  /** Errno of a ptrace(2) call for a pid that does not exist: ESRCH unless a seccomp filter answers. */
  readonly filtered: number;
  /** Result of {@linkcode findSeccompListener} before the attack. */
  readonly listener: number;
}

const STEPS = 24;
const NAME_BYTES = 16;
const STEP_BYTES = NAME_BYTES + 12;
const TAIL = STEPS * STEP_BYTES;
const LOOKS = 3;
const BYTES = TAIL + (LOOKS + 5) * 4;
const UNTRIED = -(2 ** 31);

/**
 * A short-lived child attacks this process, or its own dumpable parent (the decoy
 * process). One call at a time.
 *
 * @throws {FfiError} ETIMEDOUT, EIO, ECHILD: the attacker's parent was killed.
 */
export async function probe(
  ways: readonly ProbeWay[],
  onDecoy: boolean,
  timeoutMs: number,
): Promise<ProbeRecord> {
  const at = new BigUint64Array(1);
  const bits = ways.reduce((sum, way) => sum | 1 << PROBE_WAYS.indexOf(way), 0);
  const answer = await library().ct_probe(bits, onDecoy ? 1 : 0, timeoutMs, at);
  unwrap("ct_probe", answer);
  return readRecord(viewOf(at[0] ?? 0n, BYTES));
}

function readRecord(page: Uint8Array): ProbeRecord {
  const { buffer, byteOffset } = page;
  const view = new DataView(buffer, byteOffset, BYTES);
  const int = (at: number) => view.getInt32(at, true);
  const tail = (index: number) => int(TAIL + index * 4);
  return {
    steps: Array.from({ length: STEPS }, (_, index) => {
      const at = index * STEP_BYTES;
      const end = int(at + NAME_BYTES + 8);
      return {
        name: page.subarray(at, at + NAME_BYTES - 1),
        way: PROBE_WAYS[int(at + NAME_BYTES)] ?? "mem",
        atVictim: int(at + NAME_BYTES + 4) !== 0,
        end: end === UNTRIED ? undefined : end,
      };
    }),
    tracers: [0, 1, 2].map(tail),
    traceme: tail(LOOKS),
    inherited: tail(LOOKS + 1),
    filtered: tail(LOOKS + 2),
    listener: tail(LOOKS + 3),
  };
}

/**
 * Whether another process can answer our system calls (seccomp_unotify).
 *
 * @returns 0: no. EBUSY: a process holds a listener. EPROTO: seccomp(2) reported
 * success without effect. ETIMEDOUT: an earlier test has not ended. Otherwise the errno
 * of seccomp(2): unknown.
 */
export async function findSeccompListener(): Promise<number> {
  return unwrap("ct_seccomp_listener", await library().ct_seccomp_listener());
}
