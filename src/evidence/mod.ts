/** Room evidence: how is a fact written down? The door; see the two files. */
export {
  type CheckName,
  CHECKS,
  isCheckName,
  MAXIMUM_SCORE,
} from "./checks.ts";
export {
  absent,
  cleanText,
  type Evidence,
  type Fact,
  type Finding,
  inForce,
  unknown,
} from "./evidence.ts";
