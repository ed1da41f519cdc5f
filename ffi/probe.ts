/**
 * The attack on ourselves that the node's agent has to refuse and to report, and
 * what was seen of others between us and the kernel. What it is worth is decided
 * elsewhere.
 */
import { unwrap } from "./errno.ts";
import { library } from "./library.ts";
import { viewOf } from "./pointer.ts";

/** The ways of the attack, in the order of enum ct_probe_way. */
export const PROBE_WAYS = ["mem", "readv", "getfd"] as const;
/** One of them: opens /proc/PID/mem, calls process_vm_readv(2), or pidfd_getfd(2). */
export type ProbeWay = typeof PROBE_WAYS[number];

/** One attempt. */
export interface ProbeStep {
  /** The attacker's name in it: a view on secret memory, 15 letters and digits. */
  readonly name: Uint8Array;
  readonly way: ProbeWay;
  /** False: a control, at the attacker itself. */
  readonly atVictim: boolean;
  /** 0: it succeeded; errno; -signal that killed the attacker; undefined: it was not made. */
  readonly end: number | undefined;
}

/** What happened in one attack. Good until the next one. */
export interface ProbeRecord {
  readonly steps: readonly ProbeStep[];
  /** Before, between, after: pid of a tracer of this process, 0, or -errno. */
  readonly tracers: readonly number[];
  /** Errno of the attacker's PTRACE_TRACEME. */
  readonly traceme: number;
  /** The same of a child that would have inherited a tracer of ours. */
  readonly inherited: number;
  /** Errno of a ptrace(2) on no process: ESRCH, unless a filter answers. */
  readonly filtered: number;
  /** 0: no seccomp listener; EBUSY: there is one; else it cannot be told. */
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
 * A throw-away child attacks this process, or its own dumpable parent, by these
 * ways. One at a time.
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
 * Whether another process answers our system calls (seccomp_unotify).
 *
 * @returns 0: none does. EBUSY: one holds a listener. EPROTO: an answer was made
 * up. Else the errno of seccomp(2): it cannot be told.
 */
export function findSupervisor(): number {
  return unwrap("ct_supervisor", library().ct_supervisor());
}
