/** The form of policies and bindings. */
import { NAMESPACE_LABEL, PARAMETERS_NAME } from "../rules/names.ts";

/** A manifest. */
export type Manifest = Readonly<Record<string, unknown>>;

/** The kind of parameters. */
export const PARAM_KIND = { apiVersion: "v1", kind: "ConfigMap" };

const API = "admissionregistration.k8s.io/v1";
const LABELS = { "app.kubernetes.io/name": "cloudtaser" };
const SELECTOR = {
  namespaceSelector: {
    matchLabels: { [NAMESPACE_LABEL.name]: NAMESPACE_LABEL.value },
  },
};

/** Resources of the core API. */
export function resourceRules(
  operations: readonly string[],
  resources: readonly string[],
) {
  return {
    resourceRules: [
      { apiGroups: [""], apiVersions: ["v1"], operations, resources },
    ],
  };
}

/** A policy of that kind. */
export function policy(kind: string, name: string, spec: Manifest): Manifest {
  return { apiVersion: API, kind, metadata: { name, labels: LABELS }, spec };
}

/** Binds a policy to the namespaces with the label. */
export function binding(kind: string, name: string, spec: Manifest): Manifest {
  return policy(kind, name, { ...spec, matchResources: SELECTOR });
}

/** The parameters of the namespace, and what happens without them. */
export function paramRef(parameterNotFoundAction: "Deny" | "Allow") {
  return { name: PARAMETERS_NAME, parameterNotFoundAction };
}
