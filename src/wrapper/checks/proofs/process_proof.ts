/**
 * Proof of PR_SET_DUMPABLE(0): a short-lived child without capabilities tries to open
 * our memory, that of its own non-dumpable child, and that of its own dumpable child.
 * Only the last attempt may succeed.
 */
import {
  absent,
  type Evidence,
  type Finding,
  inForce,
  unknown,
} from "@/score/evidence.ts";
import { explainInheritance, type ProofContext } from "./context.ts";

const ATTACK_TIMEOUT_MS = 1000;

/** The process is not dumpable, and so other processes of its user cannot open its memory. */
export async function proveDumpable(context: ProofContext): Promise<Evidence> {
  const finding: Finding = {
    check: "pr_set_dumpable",
    source: "PR_GET_DUMPABLE, open of /proc/PID/mem by a child",
  };
  const { kernel } = context;
  const inherited = explainInheritance(context);
  if (inherited !== undefined) {
    return unknown(finding, `cannot be proven: ${inherited}`);
  }
  const seen = await kernel.dumpable(ATTACK_TIMEOUT_MS);
  if (seen.dumpable !== 0) {
    return absent(
      finding,
      `process is dumpable (PR_GET_DUMPABLE is ${seen.dumpable})`,
    );
  }
  if (seen.openUs === 0) {
    return absent(finding, "a process of the same user opened /proc/PID/mem");
  }
  if (seen.openControl !== 0) {
    const error = kernel.errnoName(seen.openControl);
    return unknown(
      finding,
      `cannot be proven: opening /proc/PID/mem of a dumpable child failed with ${error} too`,
    );
  }
  if (seen.openShut === 0) {
    return unknown(
      finding,
      "cannot be proven: the attacker can also open the memory of a non-dumpable child",
    );
  }
  return inForce(finding, "Process non-dumpable");
}
