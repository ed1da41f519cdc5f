/**
 * Evidence into points. Pure: no clock, no files, no environment. Only
 * `in_force` is worth anything; what is missing or unknown scores 0.
 */
import {
  type CheckName,
  CHECKS,
  type Evidence,
  MAXIMUM_SCORE,
} from "@/evidence/mod.ts";

/** The specification's four ranges. */
export type Band = "full" | "strong" | "partial" | "insufficient";

/** One check with what it earned. */
export interface ScoredCheck {
  readonly name: CheckName;
  readonly points: number;
  /** Points that a pass is worth. */
  readonly worth: number;
  readonly passed: boolean;
  readonly evidence: Evidence;
}

/** The protection score with everything that it is made of. */
export interface Score {
  readonly points: number;
  readonly maximum: number;
  readonly band: Band;
  /** All active checks, in the specification's order. */
  readonly checks: readonly ScoredCheck[];
}

/**
 * Adds up the evidence. Of several about one check the last counts; a check
 * without evidence is unknown.
 */
export function makeScore(
  evidence: readonly Evidence[],
  maximum: number = MAXIMUM_SCORE,
): Score {
  const found = new Map(evidence.map((one) => [one.check, one]));
  const checks = CHECKS.map(({ name, points }) => {
    const seen = found.get(name) ?? missing(name);
    const passed = seen.state === "in_force";
    return Object.freeze({
      name,
      points: passed ? points : 0,
      worth: points,
      passed,
      evidence: seen,
    });
  });
  const points = checks.reduce((sum, check) => sum + check.points, 0);
  return Object.freeze({ points, maximum, band: bandOf(points), checks });
}

/** The range of the specification that `points` fall into. */
export function bandOf(points: number): Band {
  if (points >= 70) return "full";
  if (points >= 55) return "strong";
  if (points >= 40) return "partial";
  return "insufficient";
}

function missing(check: CheckName): Evidence {
  return {
    check,
    state: "unknown",
    reason: "not proven yet",
    detail: "",
    source: "",
    at: 0,
  };
}
