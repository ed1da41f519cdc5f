/**
 * A policy of each kind that matches nothing and stays when the others are
 * removed. When no binding names ConfigMaps as parameters any more, the API
 * server stops reading them until it restarts, and policies that are installed
 * later see old parameters or none (kubernetes/kubernetes#130887).
 */
import { type Manifest, PARAM_KIND, policy } from "./objects.ts";

const NAME = "cloudtaser-anchor";
/** No API server has this resource. */
const MATCH = {
  resourceRules: [{
    apiGroups: ["cloudtaser.io"],
    apiVersions: ["v1"],
    operations: ["CREATE"],
    resources: ["anchors"],
  }],
};
const COMMON = {
  paramKind: PARAM_KIND,
  matchConstraints: MATCH,
  failurePolicy: "Ignore",
};
const BINDING = {
  policyName: NAME,
  paramRef: { name: NAME, parameterNotFoundAction: "Allow" },
};

/** Kubernetes 1.36 and newer. */
export function mutatingAnchor(): Manifest[] {
  return [
    kept("MutatingAdmissionPolicy", {
      ...COMMON,
      reinvocationPolicy: "Never",
      mutations: [{
        patchType: "JSONPatch",
        jsonPatch: {
          expression:
            '[JSONPatch{op: "test", path: "/kind", value: "none"}].filter(patch, false)',
        },
      }],
    }),
    kept("MutatingAdmissionPolicyBinding", BINDING),
  ];
}

/** Kubernetes 1.30 and newer. */
export function validatingAnchor(): Manifest[] {
  return [
    kept("ValidatingAdmissionPolicy", {
      ...COMMON,
      validations: [{ expression: "true" }],
    }),
    kept("ValidatingAdmissionPolicyBinding", {
      ...BINDING,
      validationActions: ["Audit"],
    }),
  ];
}

/** Helm does not remove what has this annotation. */
function kept(kind: string, spec: Manifest): Manifest {
  const { metadata, ...rest } = policy(kind, NAME, spec);
  const annotations = { "helm.sh/resource-policy": "keep" };
  return { ...rest, metadata: { ...metadata as Manifest, annotations } };
}
