/** Room evidence: how is a fact written down? The door; see the two files. */
export {
  ALL_CHECKS,
  type CheckName,
  CHECKS,
  isCheckName,
  MAXIMUM_SCORE,
  sumOf,
  WHOLE_SCORE,
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
