/**
 * The control for the probe attack, before this process is protected: on which target
 * and in which ways the kernel alone allows it. Only there a blocked attack proves
 * something about the agent.
 */
import { PROBE_WAYS, type ProbeRecord, type ProbeWay } from "@ffi";
import { AgentFailure } from "./socket.ts";
import { findOpenWays } from "./probe_attack.ts";

export const ATTACK_TIMEOUT_MS = 1000;

/** Runs attacks. */
export interface Attacker {
  /** Attacks this process, or a decoy process. */
  readonly attack: (
    ways: readonly ProbeWay[],
    onDecoy: boolean,
    timeoutMs: number,
  ) => Promise<ProbeRecord>;
  /** Why another process may have changed the attack's results; undefined: none did. */
  findInterference(record: ProbeRecord): string | undefined;
}

/** The attacks that the kernel alone allows. */
export interface Control {
  readonly ways: readonly ProbeWay[];
  readonly onDecoy: boolean;
  /** False: no attack succeeded, so a blocked attack proves nothing. */
  readonly works: boolean;
}

/** Without a control the decoy is still attacked, so that the agent can report it. */
export const NO_CONTROL: Control = {
  ways: ["mem", "readv"],
  onDecoy: true,
  works: false,
};

/** Another process may have changed the control's results. */
export class Interference extends AgentFailure {}

/**
 * Tries this process, which works if it is privileged; otherwise a decoy process,
 * which the kernel alone does not protect.
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
    // A way that a seccomp profile forbids fails in controls too.
    const steps = record.steps.filter(({ way }) => ways.includes(way));
    const found = attacker.findInterference({ ...record, steps });
    if (found !== undefined) throw new Interference(found);
    if (ways.length > 0) return { ways, onDecoy, works: true };
  }
  return NO_CONTROL;
}
