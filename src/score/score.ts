/**
 * Turns evidence into points. Pure. Only `in_force` earns points.
 */
import { type CheckName, CHECKS, sumOf } from "./checks.ts";
import type { Evidence } from "./evidence.ts";

/** The four ranges of the score (README.md, The score). */
export type Band = "full" | "strong" | "partial" | "insufficient";

/** One check with its points. */
export interface ScoredCheck {
  readonly name: CheckName;
  readonly points: number;
  /** Points of a pass. */
  readonly worth: number;
  readonly passed: boolean;
  readonly evidence: Evidence;
}

/** The protection score and its checks. */
export interface Score {
  readonly points: number;
  readonly maximum: number;
  readonly band: Band;
  /** All counted checks, in the order of checks.ts. */
  readonly checks: readonly ScoredCheck[];
  /** Checks that are required but not counted. */
  readonly uncounted: readonly ScoredCheck[];
}

type Counted = readonly { readonly name: CheckName; readonly points: number }[];

/** The limits of the bands refer to this maximum. */
const BANDS_OF = 75;

/**
 * Adds up the points. Of several evidences about one check the last counts; a
 * check without evidence is unknown.
 *
 * @param counted the checks that count
 */
export function makeScore(
  evidence: readonly Evidence[],
  counted: Counted = CHECKS,
): Score {
  const found = new Map(evidence.map((one) => [one.check, one]));
  const checks = counted.map(({ name, points }) =>
    scoreCheck(found.get(name) ?? missing(name), points)
  );
  const uncounted = [...found.values()]
    .filter(({ check }) => !counted.some(({ name }) => name === check))
    .map((one) => scoreCheck(one, 0));
  const points = checks.reduce((sum, check) => sum + check.points, 0);
  const maximum = sumOf(counted);
  const band = bandOf(points, maximum);
  return Object.freeze({ points, maximum, band, checks, uncounted });
}

/** The band of `points`; the limits scale with the maximum. */
export function bandOf(points: number, maximum: number = BANDS_OF): Band {
  const reaches = (limit: number) => points * BANDS_OF >= limit * maximum;
  if (reaches(70)) return "full";
  if (reaches(55)) return "strong";
  if (reaches(40)) return "partial";
  return "insufficient";
}

function scoreCheck(evidence: Evidence, worth: number): ScoredCheck {
  const passed = evidence.state === "in_force";
  const points = passed ? worth : 0;
  return Object.freeze({
    name: evidence.check,
    points,
    worth,
    passed,
    evidence,
  });
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
