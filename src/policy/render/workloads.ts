/**
 * Warnings for what makes pods: a controller creates the pods, and drops the
 * warnings that it receives. The same rules judge the template, as far as
 * injection will not change it. Nothing is refused here.
 */
import { line, type Variable } from "../rules/cel.ts";
import { IS_TEMPLATE } from "../rules/rule.ts";
import { ALL_VARIABLES } from "../rules/rules.ts";
import { findingsAt, LEVEL_VARIABLES, MESSAGE } from "../rules/verdict.ts";
import {
  binding,
  type Manifest,
  PARAM_KIND,
  paramRef,
  policy,
} from "./objects.ts";
import { usedVariables } from "./used_variables.ts";

/** Name, where the template is, API group and resources. */
const KINDS = [
  ["workloads", "spec.template", ["apps", "batch"], [
    "deployments",
    "statefulsets",
    "daemonsets",
    "jobs",
  ]],
  ["cronjobs", "spec.jobTemplate.spec.template", ["batch"], ["cronjobs"]],
] as const;

/** For clusters that inject: without injection a template must be complete, and pods are reported. */
export function warnAboutWorkloads(): Manifest[] {
  return KINDS.flatMap(([name, path, apiGroups, resources]) =>
    makePolicy(`cloudtaser-report-${name}`, path, {
      resourceRules: [{
        apiGroups,
        apiVersions: ["v1"],
        operations: ["CREATE", "UPDATE"],
        resources,
      }],
    })
  );
}

function makePolicy(
  name: string,
  path: string,
  matchConstraints: Manifest,
): Manifest[] {
  const validation = {
    expression: "size(variables.findings) == 0",
    messageExpression: line(MESSAGE),
    message: "Its pods break more rules than fit here: see policy explain",
  };
  return [
    policy("ValidatingAdmissionPolicy", name, {
      paramKind: PARAM_KIND,
      matchConstraints,
      matchConditions: [{
        name: "is-new",
        expression:
          `request.operation == 'CREATE' || object.${path} != oldObject.${path}`,
      }],
      // Advice only: it must never be in the way.
      failurePolicy: "Ignore",
      variables: usedVariables([JSON.stringify(validation)], [
        ...[...ALL_VARIABLES, ...LEVEL_VARIABLES].map((one) =>
          ofTemplate(one, path)
        ),
        { name: "findings", expression: findingsAt(["warn", "deny"]) },
      ]),
      validations: [validation],
    }),
    binding("ValidatingAdmissionPolicyBinding", name, {
      policyName: name,
      validationActions: ["Warn"],
      paramRef: paramRef("Allow"),
    }),
  ];
}

/** The same variable of the pod that `path` describes. */
function ofTemplate({ name, expression }: Variable, path: string): Variable {
  return {
    name,
    expression: name === IS_TEMPLATE
      ? "true"
      : expression.replace(/\bobject\.(spec|metadata)\b/g, `object.${path}.$1`),
  };
}
