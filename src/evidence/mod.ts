/** Room evidence: how is a fact written down? The door; see the two files. */
export {
  type CheckDefinition,
  type CheckName,
  CHECKS,
  isCheckName,
  MAXIMUM_SCORE,
} from "./checks.ts";
export {
  absent,
  cleanText,
  type Evidence,
  type EvidenceState,
  type Fact,
  type Finding,
  inForce,
  unknown,
} from "./evidence.ts";
