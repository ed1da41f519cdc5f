/**
 * The log lines of the score: fixed text, which a test pins. The log adds the
 * prefix `[cloudtaser-wrapper] `.
 */
import type { Score, ScoredCheck } from "./score.ts";

/** `Protection score: N/75`, then one line per check in the order of checks.ts. */
export function renderScoreLines(score: Score): string[] {
  return [
    `Protection score: ${score.points}/${score.maximum}`,
    ...score.checks.map(renderCheck),
  ];
}

/**
 * The new score and a line for each check that changed; empty when none did.
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
