/** Statuses as wrappers send them, and modified ones. */
import type { CheckName } from "@/score/checks.ts";
import { renderStatus } from "@/wrapper/status/status.ts";
import type { ReportState } from "@/wrapper/status/state.ts";
import { makeState } from "../wrapper/status/fake_state.ts";
import { scoreWith } from "../score/fake_score.ts";

/** A response of /v1/status: the specification's, or with failed checks and their reasons. */
export function makeAnswer(
  failing?: Partial<Record<CheckName, string>>,
  changes: Partial<ReportState> = {},
): string {
  const score = failing && { score: scoreWith(failing) };
  return renderStatus(makeState({ ...score, ...changes }));
}

/** The same as a value, to modify. */
// deno-lint-ignore no-explicit-any -- JSON of the product
export function parseAnswer(): any {
  return JSON.parse(makeAnswer());
}

/** The same, in which every text of the wrapper is `text`. */
export function answerWith(text: string): string {
  const answer = parseAnswer();
  const [first, second] = answer.checks;
  Object.assign(first, { state: "absent", points: 0 });
  answer.score = 60;
  first.reason = first.source = second.detail = text;
  answer.application.state = answer.version = answer.vault.address = text;
  answer.agent.name = text;
  answer.facts = [{ name: text, value: text, source: text }];
  answer.required = [text];
  return JSON.stringify(answer);
}
