/**
 * What a probe attack (c/probe.c) shows, and whether a report of it is true.
 *
 * Each step of the attack has a name of its own, a way and an aim, which are
 * drawn in secret memory. The names can be read from /proc while the attack
 * runs; which of them tried which way at whom cannot. So an agent that reports
 * every attempt by its vector, and no step that was a control, has seen the
 * system calls: 24 steps of two ways or more are 48 bits at least.
 */
import type { ProbeRecord, ProbeStep, ProbeWay } from "@ffi";
import type { SeenAttack, TrialReport } from "@/protocol/agent.ts";

/** What the agent calls each way. */
const VECTORS: Readonly<Record<ProbeWay, string>> = {
  mem: "proc_mem",
  readv: "process_vm_readv",
  getfd: "pidfd_getfd",
};
const EPERM = 1;

/** How an attack ended: 0 when an attempt succeeded, else errno, or the signal that killed attackers. */
export interface AttackEnd {
  readonly errno: number;
  readonly signal: number;
}

/** The ways by which an attempt got through. */
export function findOpenWays({ steps }: ProbeRecord): ProbeWay[] {
  const open = steps.filter((step) => step.atVictim && step.end === 0);
  return [...new Set(open.map(({ way }) => way))];
}

/** The sum of all attempts at the victim: the best that an attacker got. */
export function summarize({ steps }: ProbeRecord): AttackEnd {
  const ends = steps.filter(({ atVictim }) => atVictim)
    .map(({ end }) => end ?? 0);
  const killed = ends.find((end) => end < 0);
  if (ends.includes(0)) return { errno: 0, signal: 0 };
  if (killed !== undefined) return { errno: 0, signal: -killed };
  const other = ends.find((end) => end !== EPERM);
  return { errno: other ?? EPERM, signal: 0 };
}

/** The errno of a control that failed, which only somebody between us and the kernel explains. */
export function findFailedControl({ steps }: ProbeRecord): number | undefined {
  return steps.find(({ atVictim, end }) => !atVictim && end !== 0)?.end;
}

/**
 * Compares a report with what was done. The names are compared where they lie:
 * none becomes a string here before the agent has said it.
 *
 * @returns "missing" while an attempt is not reported; "invented" when a step
 * is reported as what it was not.
 */
export function judgeReport(
  { steps }: ProbeRecord,
  attacks: readonly SeenAttack[],
): TrialReport | "missing" | "invented" {
  const reported = new Set<ProbeStep>();
  let blocked = true;
  for (const attack of attacks) {
    const step = steps.find(({ name }) => isCalled(name, attack.comm));
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

function isCalled(name: Uint8Array, comm: string): boolean {
  return comm.length === name.length &&
    name.every((byte, index) => byte === comm.charCodeAt(index));
}
