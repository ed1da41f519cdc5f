/**
 * The probe attack before this process is protected: where and by which ways the
 * kernel alone lets it through. Only there a refusal says something about the
 * agent.
 */
import { PROBE_WAYS, type ProbeRecord, type ProbeWay } from "@ffi";
import { AgentFailure } from "./socket.ts";
import { findOpenWays } from "./probe_attack.ts";

export const ATTACK_TIMEOUT_MS = 1000;

/** Carries out attacks. */
export interface Attacker {
  /** Attacks this process, or a decoy. */
  readonly attack: (
    ways: readonly ProbeWay[],
    onDecoy: boolean,
    timeoutMs: number,
  ) => Promise<ProbeRecord>;
  /** Who may have changed what an attack found. */
  findInterference(record: ProbeRecord): string | undefined;
}

/** What got through. */
export interface Control {
  readonly ways: readonly ProbeWay[];
  readonly onDecoy: boolean;
  /** False: nothing did, so a refusal says nothing. */
  readonly works: boolean;
}

/** The decoy is attacked in the plain ways all the same, for the agent to report. */
export const NO_CONTROL: Control = {
  ways: ["mem", "readv"],
  onDecoy: true,
  works: false,
};

/** The control attack cannot be believed. */
export class Interference extends AgentFailure {}

/**
 * Tries this process, which works when we are privileged; else a decoy, which
 * the kernel alone does not protect.
 *
 * @throws Interference
 */
export async function findControl(attacker: Attacker): Promise<Control> {
  for (const onDecoy of [false, true]) {
    const record = await attacker.attack(
      PROBE_WAYS,
      onDecoy,
      ATTACK_TIMEOUT_MS,
    );
    const ways = findOpenWays(record);
    // A way that a seccomp profile forbids fails as a control, too.
    const steps = record.steps.filter(({ way }) => ways.includes(way));
    const found = attacker.findInterference({ ...record, steps });
    if (found !== undefined) throw new Interference(found);
    if (ways.length > 0) return { ways, onDecoy, works: true };
  }
  return NO_CONTROL;
}
