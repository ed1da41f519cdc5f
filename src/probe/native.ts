/**
 * The C shim as the proofs see it: names of proofs onto names of @ffi. The only
 * file of this room that calls it; it loads nothing until a proof runs.
 */
import {
  errnoName,
  image,
  proofAttack,
  proofDumpable,
  proofRead,
  proofTwin,
  scan,
  wipe,
} from "@ffi";
import type { AttackResult, ProofKernel } from "./host.ts";

/** The shim's proofs. */
export function openProofKernel(): ProofKernel {
  return {
    environment: () => image().env,
    read: proofRead,
    dumpable: proofDumpable,
    attack: attackOurselves,
    scan,
    wipe,
    errnoName,
  };
}

/**
 * The probe attack: on this process, and on its dumpable twin when we ourselves
 * are refused. Both attackers bear the same name.
 */
export async function attackOurselves(
  name: string,
  at: bigint,
  timeoutMs: number,
): Promise<AttackResult> {
  const end = await proofAttack(name, at, timeoutMs);
  if (end.errno === 0) return end;
  return { ...end, twin: await proofTwin(name, timeoutMs) };
}
