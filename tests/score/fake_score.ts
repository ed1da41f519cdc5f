/** Scores for tests: everything in force except the named checks. */
import { absent, inForce } from "@/score/evidence.ts";
import { type CheckName, CHECKS } from "@/score/checks.ts";
import { makeScore, type Score } from "@/score/score.ts";

/** A score in which the named checks fail for the given reasons. */
export function scoreWith(
  failing: Partial<Record<CheckName, string>> = {},
): Score {
  return makeScore(CHECKS.map(({ name }) => {
    const finding = { check: name, source: "test" };
    const reason = failing[name];
    return reason === undefined
      ? inForce(finding, `${name} works`)
      : absent(finding, reason);
  }));
}
