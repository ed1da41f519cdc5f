/** Answers of wrappers: as the report room writes them, and changed. */
import type { CheckName } from "@/evidence/mod.ts";
import { renderStatus, type ReportState } from "@/report/mod.ts";
import { makeState } from "../report/fake_state.ts";
import { scoreWith } from "../score/fake_score.ts";

/** A whole answer of /v1/status: the specification's, or with checks that fail for a reason. */
export function makeAnswer(
  failing?: Partial<Record<CheckName, string>>,
  changes: Partial<ReportState> = {},
): string {
  const score = failing && { score: scoreWith(failing) };
  return renderStatus(makeState({ ...score, ...changes }));
}

/** The same as a value, to be spoilt. */
// deno-lint-ignore no-explicit-any -- JSON of the product
export function parseAnswer(): any {
  return JSON.parse(makeAnswer());
}
