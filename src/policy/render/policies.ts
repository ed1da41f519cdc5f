/** The policies and their bindings, as objects for the API server. */
import { line } from "../rules/cel.ts";
import { MUTATIONS } from "../rules/injection.ts";
import { NAMESPACE_LABEL, PARAMETERS_NAME } from "../rules/names.ts";
import { parameterVariables } from "../rules/parameters.ts";
import { ALL_VARIABLES } from "../rules/rules.ts";
import { findingsAt, LEVEL_VARIABLES, MESSAGE } from "../rules/verdict.ts";
import { usedVariables } from "./used_variables.ts";

/** A manifest. */
export type Manifest = Readonly<Record<string, unknown>>;

/**
 * The name of bindings that need the parameters. When they are missing the API
 * server says so in words of its own and adds this name, which is the remedy.
 */
export const NEEDS_PARAMETERS =
  "cloudtaser-needs-configmap-cloudtaser-in-this-namespace";

const API = "admissionregistration.k8s.io/v1";
const PARAM_KIND = { apiVersion: "v1", kind: "ConfigMap" };
const LABELS = { "app.kubernetes.io/name": "cloudtaser" };
const SELECTOR = {
  namespaceSelector: {
    matchLabels: { [NAMESPACE_LABEL.name]: NAMESPACE_LABEL.value },
  },
};

/** A new image restarts a container; other changes of a pod are not judged. */
const IMAGE_CHANGED = ["containers", "initContainers"].map((field) =>
  `(has(object.spec.${field}) && object.spec.${field}.exists(c,
    oldObject.spec.${field}.exists(old, old.name == c.name && old.image != c.image)))`
).join(" || ");
const IS_JUDGED = line(
  `request.operation == 'CREATE' || (has(request.subResource) && request.subResource == 'ephemeralcontainers') || ${IMAGE_CHANGED}`,
);

/** Text for messages that the API server cannot show: too long, or of several lines. */
const TOO_LONG =
  "This pod breaks more rules than fit here: cloudtaser-wrapper policy explain lists them";

/** Kubernetes 1.36 and newer: injection. */
export function mutatingPolicies(): Manifest[] {
  const name = "cloudtaser-inject";
  return [
    policy("MutatingAdmissionPolicy", name, {
      paramKind: PARAM_KIND,
      matchConstraints: podRules(["CREATE"], ["pods"]),
      failurePolicy: "Fail",
      reinvocationPolicy: "IfNeeded",
      variables: usedVariables(MUTATIONS, ALL_VARIABLES),
      mutations: MUTATIONS.map((expression) => ({
        patchType: "JSONPatch",
        jsonPatch: { expression },
      })),
    }),
    binding("MutatingAdmissionPolicyBinding", NEEDS_PARAMETERS, {
      policyName: name,
      paramRef: paramRef("Deny"),
    }),
  ];
}

/** Kubernetes 1.30 and newer: the rules. */
export function validatingPolicies(): Manifest[] {
  return [
    ...requireParameters(),
    ...judgePods("cloudtaser-deny", ["deny"], ["Deny"]),
    ...judgePods("cloudtaser-report", ["warn"], ["Warn"], ["warn", "audit"]),
    ...judgeParameters(),
  ];
}

/** Refuses pods while there are no parameters. */
function requireParameters(): Manifest[] {
  const name = "cloudtaser-require-parameters";
  return [
    policy("ValidatingAdmissionPolicy", name, {
      paramKind: PARAM_KIND,
      matchConstraints: podRules(["CREATE"], ["pods"]),
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

function judgePods(
  name: string,
  levels: readonly string[],
  actions: readonly string[],
  audited: readonly string[] = [],
): Manifest[] {
  const variables = [
    ...ALL_VARIABLES,
    ...LEVEL_VARIABLES,
    { name: "findings", expression: findingsAt(levels) },
    { name: "audited", expression: findingsAt(audited) },
  ];
  const expression = "size(variables.findings) == 0";
  const messageExpression = line(MESSAGE);
  // An empty text leaves the annotation out.
  const auditAnnotations = audited.length === 0 ? [] : [{
    key: "findings",
    valueExpression: "variables.audited.join('; ')",
  }];
  const texts = [
    expression,
    messageExpression,
    ...auditAnnotations.map(({ valueExpression }) => valueExpression),
  ];
  return [
    policy("ValidatingAdmissionPolicy", name, {
      paramKind: PARAM_KIND,
      matchConstraints: podRules(["CREATE", "UPDATE"], [
        "pods",
        "pods/ephemeralcontainers",
      ]),
      matchConditions: [{ name: "is-judged", expression: IS_JUDGED }],
      failurePolicy: "Fail",
      variables: usedVariables(texts, variables),
      validations: [{ expression, messageExpression, message: TOO_LONG }],
      ...(auditAnnotations.length > 0 && { auditAnnotations }),
    }),
    binding("ValidatingAdmissionPolicyBinding", name, {
      policyName: name,
      validationActions: actions,
      // requireParameters() refuses.
      paramRef: paramRef("Allow"),
    }),
  ];
}

/**
 * Judges the ConfigMap itself. Its values switch the rules off, so that only
 * those may write it who may change the namespace's label.
 */
function judgeParameters(): Manifest[] {
  const name = "cloudtaser-parameters";
  const expression = "size(variables.parameterProblems) == 0";
  return [
    policy("ValidatingAdmissionPolicy", name, {
      matchConstraints: podRules(["CREATE", "UPDATE"], ["configmaps"]),
      matchConditions: [{
        name: "is-cloudtaser",
        expression: `object.metadata.name == '${PARAMETERS_NAME}'`,
      }],
      failurePolicy: "Fail",
      variables: usedVariables([expression], parameterVariables("object")),
      validations: [
        {
          expression,
          messageExpression: "variables.parameterProblems.join('; ')",
        },
        {
          expression:
            "authorizer.group('').resource('namespaces').name(request.namespace).check('update').allowed()",
          message:
            "Only a user who may update the namespace may change ConfigMap cloudtaser: it decides which pods are refused",
        },
      ],
    }),
    binding("ValidatingAdmissionPolicyBinding", name, {
      policyName: name,
      validationActions: ["Deny"],
    }),
  ];
}

function podRules(
  operations: readonly string[],
  resources: readonly string[],
) {
  return {
    resourceRules: [
      { apiGroups: [""], apiVersions: ["v1"], operations, resources },
    ],
  };
}

function paramRef(parameterNotFoundAction: "Deny" | "Allow") {
  return { name: PARAMETERS_NAME, parameterNotFoundAction };
}

function policy(kind: string, name: string, spec: Manifest): Manifest {
  return { apiVersion: API, kind, metadata: { name, labels: LABELS }, spec };
}

function binding(kind: string, name: string, spec: Manifest): Manifest {
  return policy(kind, name, { ...spec, matchResources: SELECTOR });
}
