/**
 * The fixed log text of the score: product contract, pinned by snapshot tests.
 * Without the `[cloudtaser-wrapper] ` in front, which the log adds.
 */
import type { Score, ScoredCheck } from "./score.ts";

/** `Protection score: N/75`, then one line a check in the specification's order. */
export function renderScoreLines(score: Score): string[] {
  return [
    `Protection score: ${score.points}/${score.maximum}`,
    ...score.checks.map(renderCheck),
  ];
}

/**
 * What changed between two proofs: empty when every check passes or fails as
 * before, else the new score and a line for each check that changed.
 */
export function renderScoreChange(before: Score, after: Score): string[] {
  const changed = after.checks.filter((check) =>
    before.checks.find(({ name }) => name === check.name)?.passed !==
      check.passed
  );
  if (changed.length === 0) return [];
  return [
    `Protection score: ${after.points}/${after.maximum} (was ${before.points}/${before.maximum})`,
    ...changed.map(renderCheck),
  ];
}

function renderCheck(check: ScoredCheck): string {
  return check.passed
    ? `${check.name}: OK (+${check.points})`
    : `${check.name}: FAIL (+0) ${check.evidence.reason}`.trimEnd();
}
