/**
 * The log lines of the score: fixed text, which a test pins, and the same as
 * fields. A check that fails is a warning. The log adds `[cloudtaser-wrapper] `.
 */
import type { LogLine } from "@/base/log.ts";
import type { Score, ScoredCheck } from "./score.ts";

/** `Protection score: N/75`, then one line per check in the order of checks.ts. */
export function renderScoreLines(score: Score): LogLine[] {
  return [
    renderSum(score),
    ...score.checks.map(renderCheck),
  ].map((line) => ({ ...line, fixed: true }));
}

/**
 * The new score and a line for each check that changed; empty when none did.
 */
export function renderScoreChange(before: Score, after: Score): LogLine[] {
  const changed = after.checks.filter((check) =>
    before.checks.find(({ name }) => name === check.name)?.passed !==
      check.passed
  );
  if (changed.length === 0) return [];
  const sum = renderSum(after);
  const was = `${before.points}/${before.maximum}`;
  return [{
    level: after.points < before.points ? "warning" : "info",
    message: `${sum.message} (was ${was})`,
    fields: { ...sum.fields, previous_score: before.points },
  }, ...changed.map(renderCheck)];
}

function renderSum({ points, maximum }: Score): LogLine {
  return {
    level: "info",
    message: `Protection score: ${points}/${maximum}`,
    fields: { score: points, maximum },
  };
}

function renderCheck({ name, points, passed, evidence }: ScoredCheck): LogLine {
  const { reason } = evidence;
  const fields = { check: name, points };
  return passed
    ? { level: "info", message: `${name}: OK (+${points})`, fields }
    : {
      level: "warning",
      message: `${name}: FAIL (+0) ${reason}`.trimEnd(),
      fields: { ...fields, reason },
    };
}
