/** From findings to what happens: refused, warned about, or in the audit log. */
import { type Variable, variable } from "./cel.ts";
import type { Rule } from "./rule.ts";
import { RULES } from "./rules.ts";

/** Findings in one message; the API server refuses to show more than 5 KiB. */
const MOST_FINDINGS = 8;

/** `mode`, and what happens to a literal: it is never stricter than `mode`. */
export const LEVEL_VARIABLES: readonly Variable[] = [
  // With invalid parameters the mode is unknown, so that a pod is refused.
  variable("modeLevel", "variables.isJudged ? variables.mode : 'deny'"),
  variable(
    "literalSecretsLevel",
    `variables.modeLevel == 'deny' ? variables.literalSecrets :
      variables.modeLevel == 'warn' && variables.literalSecrets == 'deny' ? 'warn' :
      variables.modeLevel == 'audit' ? 'audit' : variables.literalSecrets`,
  ),
];

/** All findings at these levels: a list in CEL, in the order of the rules. */
export function findingsAt(levels: readonly string[]): string {
  const at = (level: Rule["level"]) =>
    `(${
      levels.map((one) => `variables.${level}Level == '${one}'`).join(" || ")
    })`;
  return (["mode", "literalSecrets"] as const).map((level) => {
    const rules = RULES.filter((rule) => rule.level === level);
    const all = rules.map(({ name }) => `variables.rule_${name}`).join(" + ");
    return `(${at(level)} ? ${all} : [])`;
  }).join(" + ");
}

/** One message of the findings in the variable `findings`. */
export const MESSAGE = `[${
  Array.from({ length: MOST_FINDINGS }, (_, i) => i).join(", ")
}].filter(i, i < size(variables.findings)).map(i, variables.findings[i]).join('; ') +
  (size(variables.findings) > ${MOST_FINDINGS} ? '; and ' + string(size(variables.findings) - ${MOST_FINDINGS}) + ' more' : '')`;
