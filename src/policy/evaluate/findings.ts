/** Judges a pod as the API server does, by the same rules. */
import { ALL_VARIABLES, RULES } from "../rules/rules.ts";
import { LEVEL_VARIABLES } from "../rules/verdict.ts";
import { Evaluation } from "./evaluation.ts";
import type { KubernetesObject } from "./inject.ts";

/** What happens to a pod. */
export type PolicyLevel = "audit" | "warn" | "deny";

/** One finding. */
export interface PolicyFinding {
  /** Name of the rule. */
  readonly rule: string;
  readonly level: PolicyLevel;
  /** Names container, setting and remedy; one line. */
  readonly text: string;
}

/** A request other than the creation of a pod. */
export interface PolicyRequest {
  readonly subResource?: "ephemeralcontainers";
  readonly oldObject?: KubernetesObject;
}

const VARIABLES = [...ALL_VARIABLES, ...LEVEL_VARIABLES];

/**
 * What the rules find in a pod that is injected already (see `injectPod`).
 *
 * @param parameters the ConfigMap `cloudtaser` of its namespace
 */
export function policyFindings(
  pod: KubernetesObject,
  parameters: KubernetesObject,
  { oldObject, subResource }: PolicyRequest = {},
): PolicyFinding[] {
  const evaluation = new Evaluation(VARIABLES, {
    object: pod,
    oldObject: oldObject ?? null,
    params: parameters,
    request: subResource === undefined ? {} : { subResource },
  });
  const levelOf = (level: string) =>
    evaluation.value(`variables.${level}Level`) as PolicyLevel;
  return RULES.flatMap(({ name, level }) =>
    evaluation.texts(`variables.rule_${name}`)
      .map((text) => ({ rule: name, level: levelOf(level), text }))
  );
}

/** What is wrong with the ConfigMap of parameters. */
export function parameterProblems(parameters: KubernetesObject): string[] {
  return new Evaluation(ALL_VARIABLES, { params: parameters })
    .texts("variables.parameterProblems");
}
