/** The policies and their bindings, as objects for the API server. */
import { line } from "../rules/cel.ts";
import { MUTATIONS } from "../rules/injection.ts";
import { INJECTION_POLICY } from "../rules/names.ts";
import { ALL_VARIABLES } from "../rules/rules.ts";
import { findingsAt, LEVEL_VARIABLES, MESSAGE } from "../rules/verdict.ts";
import { guards } from "./guards.ts";
import {
  binding,
  type Manifest,
  PARAM_KIND,
  paramRef,
  policy,
  resourceRules,
} from "./objects.ts";
import { usedVariables } from "./used_variables.ts";
import { warnAboutWorkloads } from "./workloads.ts";

/**
 * The name of bindings that need the parameters. When they are missing the API
 * server says so in words of its own and adds this name, which is the remedy.
 */
const NEEDS_PARAMETERS =
  "cloudtaser-needs-configmap-cloudtaser-in-this-namespace";

const EPHEMERAL = "pods/ephemeralcontainers";
const JUDGED = ["pods", EPHEMERAL];

/** A new image restarts a container; other changes of a pod are not judged. */
const IMAGE_CHANGED = ["containers", "initContainers"].map((field) =>
  `(has(object.spec.${field}) && object.spec.${field}.exists(c,
    oldObject.spec.${field}.exists(old, old.name == c.name && old.image != c.image)))`
).join(" || ");
const IS_JUDGED = [{
  name: "is-judged",
  expression: line(
    `request.operation == 'CREATE' || (has(request.subResource) && request.subResource == 'ephemeralcontainers') || ${IMAGE_CHANGED}`,
  ),
}];

/** Text for messages that the API server cannot show: too long, or of several lines. */
const TOO_LONG =
  "This pod breaks more rules than fit here: cloudtaser-wrapper policy explain lists them";

/** Kubernetes 1.36 and newer: injection, and warnings about what is injected later. */
export function mutatingPolicies(): Manifest[] {
  return [
    policy("MutatingAdmissionPolicy", INJECTION_POLICY, {
      paramKind: PARAM_KIND,
      matchConstraints: resourceRules(["CREATE"], ["pods"]),
      failurePolicy: "Fail",
      reinvocationPolicy: "IfNeeded",
      variables: usedVariables(MUTATIONS, ALL_VARIABLES),
      mutations: MUTATIONS.map((expression) => ({
        patchType: "JSONPatch",
        jsonPatch: { expression },
      })),
    }),
    binding("MutatingAdmissionPolicyBinding", NEEDS_PARAMETERS, {
      policyName: INJECTION_POLICY,
      paramRef: paramRef("Deny"),
    }),
    ...warnAboutWorkloads(),
  ];
}

/** Kubernetes 1.30 and newer: the rules. */
export function validatingPolicies(): Manifest[] {
  return [
    ...requireParameters(),
    ...judgePods("cloudtaser-deny", ["deny"], ["Deny"]),
    ...judgePods("cloudtaser-report", ["warn"], ["Warn"], ["warn", "audit"]),
    ...guards(),
  ];
}

/**
 * Refuses new pods and ephemeral containers while there are no parameters, and
 * no other changes: a controller that removes a finalizer must succeed.
 */
function requireParameters(): Manifest[] {
  const name = "cloudtaser-require-parameters";
  return [
    policy("ValidatingAdmissionPolicy", name, {
      paramKind: PARAM_KIND,
      matchConstraints: {
        resourceRules: [
          ...resourceRules(["CREATE"], ["pods"]).resourceRules,
          ...resourceRules(["UPDATE"], [EPHEMERAL]).resourceRules,
        ],
      },
      failurePolicy: "Fail",
      validations: [{ expression: "true" }],
    }),
    binding("ValidatingAdmissionPolicyBinding", NEEDS_PARAMETERS, {
      policyName: name,
      validationActions: ["Deny"],
      paramRef: paramRef("Deny"),
    }),
  ];
}

/** Acts on the variable `findings`, and writes `audited` to the audit log. */
function verdict(isAudited: boolean): Manifest {
  return {
    validations: [{
      expression: "size(variables.findings) == 0",
      messageExpression: line(MESSAGE),
      message: TOO_LONG,
    }],
    // An empty text leaves the annotation out.
    ...(isAudited && {
      auditAnnotations: [{
        key: "findings",
        valueExpression: "variables.audited.join('; ')",
      }],
    }),
  };
}

/** Refuses or reports what the rules find. */
function judgePods(
  name: string,
  levels: readonly string[],
  actions: readonly string[],
  audited?: readonly string[],
): Manifest[] {
  const spec = verdict(audited !== undefined);
  return [
    policy("ValidatingAdmissionPolicy", name, {
      paramKind: PARAM_KIND,
      matchConstraints: resourceRules(["CREATE", "UPDATE"], JUDGED),
      matchConditions: IS_JUDGED,
      failurePolicy: "Fail",
      variables: usedVariables([JSON.stringify(spec)], [
        ...ALL_VARIABLES,
        ...LEVEL_VARIABLES,
        { name: "findings", expression: findingsAt(levels) },
        { name: "audited", expression: findingsAt(audited ?? []) },
      ]),
      ...spec,
    }),
    binding("ValidatingAdmissionPolicyBinding", name, {
      policyName: name,
      validationActions: actions,
      // requireParameters() refuses.
      paramRef: paramRef("Allow"),
    }),
  ];
}
