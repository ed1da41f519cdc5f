/**
 * Decides by the score whether the application may start. Pure; the caller acts
 * on the decision (exit code 77).
 */
import type { CheckName } from "./checks.ts";
import type { Score } from "./score.ts";

/** The operator's requirements. */
export interface StartPolicy {
  /** `CLOUDTASER_MIN_PROTECTION_SCORE`; an equal score passes. */
  readonly minimum: number;
  /** `CLOUDTASER_REQUIRE_CHECKS`. */
  readonly required: readonly CheckName[];
}

/** The decision; `why` is one line for the log that names the setting. */
export type StartDecision =
  | { readonly start: true }
  | { readonly start: false; readonly why: string };

/** Compares a score with the requirements. */
export function decideStart(score: Score, policy: StartPolicy): StartDecision {
  const complaints: string[] = [];
  if (!(score.points >= policy.minimum)) {
    complaints.push(
      `protection score ${score.points}/${score.maximum} is below ` +
        `CLOUDTASER_MIN_PROTECTION_SCORE=${policy.minimum}; failed: ` +
        listFailed(score),
    );
  }
  for (const name of new Set(policy.required)) {
    const check = [...score.checks, ...score.uncounted]
      .find((one) => one.name === name);
    if (check?.passed) continue;
    const reason = check?.evidence.reason ?? "no such check";
    complaints.push(
      `CLOUDTASER_REQUIRE_CHECKS requires ${name}, which fails: ${reason}`,
    );
  }
  return complaints.length === 0
    ? { start: true }
    : { start: false, why: complaints.join("; ") };
}

/** The checks that cost the points: all that `kubectl describe pod` shows is this line. */
function listFailed({ checks }: Score): string {
  return checks.filter(({ passed }) => !passed)
    .map(({ name, evidence }) => `${name} (${evidence.reason})`)
    .join(", ");
}
