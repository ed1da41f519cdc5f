/**
 * Evaluates the record of a probe attack (c/probe.c) and the agent's report of it.
 *
 * Each step of the attack has a random process name, way and target, drawn in secret
 * memory. /proc shows the names while the attack runs, but not which of them attacked
 * which target in which way. An agent that reports every attempt with its vector, and
 * no control step, must have seen the system calls: 24 steps with at least two ways
 * are at least 48 bits.
 */
import type { ProbeRecord, ProbeStep, ProbeWay } from "@ffi";
import type { SeenAttack, TrialReport } from "@/protocol/agent.ts";

/** The agent's name for each way. */
const VECTORS: Readonly<Record<ProbeWay, string>> = {
  mem: "proc_mem",
  readv: "process_vm_readv",
  getfd: "pidfd_getfd",
};
const EPERM = 1;

/** How an attack ended. errno 0 and signal 0: an attempt succeeded. */
export interface AttackEnd {
  readonly errno: number;
  readonly signal: number;
}

/** The ways in which an attempt succeeded. */
export function findOpenWays({ steps }: ProbeRecord): ProbeWay[] {
  const open = steps.filter((step) => step.atVictim && step.end === 0);
  return [...new Set(open.map(({ way }) => way))];
}

/** The best result that the attacker got in all attempts on the victim. */
export function summarize({ steps }: ProbeRecord): AttackEnd {
  const ends = steps.filter(({ atVictim }) => atVictim)
    .map(({ end }) => end ?? 0);
  const killed = ends.find((end) => end < 0);
  if (ends.includes(0)) return { errno: 0, signal: 0 };
  if (killed !== undefined) return { errno: 0, signal: -killed };
  const other = ends.find((end) => end !== EPERM);
  return { errno: other ?? EPERM, signal: 0 };
}

/** The errno of a failed control: only another process that intercepts system calls explains it. */
export function findFailedControl({ steps }: ProbeRecord): number | undefined {
  return steps.find(({ atVictim, end }) => !atVictim && end !== 0)?.end;
}

/**
 * Compares a report with the record. Names are compared in place: none becomes a
 * string in this process before the agent has sent it.
 *
 * @returns "missing" if an attempt is not reported yet; "invented" if the report
 * contains an attack that did not happen.
 */
export function judgeReport(
  { steps }: ProbeRecord,
  attacks: readonly SeenAttack[],
): TrialReport | "missing" | "invented" {
  const reported = new Set<ProbeStep>();
  let blocked = true;
  for (const attack of attacks) {
    const step = steps.find(({ name }) => hasName(name, attack.comm));
    if (!step) continue;
    if (!step.atVictim || VECTORS[step.way] !== attack.vector) {
      return "invented";
    }
    reported.add(step);
    blocked &&= attack.blocked;
  }
  const attempts = steps.filter(({ atVictim }) => atVictim);
  return attempts.every((step) => reported.has(step)) ? { blocked } : "missing";
}

function hasName(name: Uint8Array, comm: string): boolean {
  return comm.length === name.length &&
    name.every((byte, index) => byte === comm.charCodeAt(index));
}
