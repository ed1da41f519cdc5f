/** Injects a pod as the API server does, by the same mutations. */
import { MUTATIONS } from "../rules/injection.ts";
import { ALL_VARIABLES } from "../rules/rules.ts";
import { Evaluation } from "./evaluation.ts";
import { applyPatch, type Operation } from "./patch.ts";

/** A pod or the ConfigMap of parameters, as parsed from JSON or YAML. */
export type KubernetesObject = Readonly<Record<string, unknown>>;

/** The pod with the wrapper in it. A pod that is not injected comes back as it was. */
export function injectPod(
  pod: KubernetesObject,
  parameters: KubernetesObject,
): KubernetesObject {
  let object = structuredClone(pod);
  for (const mutation of MUTATIONS) {
    const evaluation = new Evaluation(ALL_VARIABLES, {
      object,
      params: parameters,
    });
    const patch = evaluation.value(mutation) as Operation[];
    object = applyPatch(object, patch);
  }
  return object;
}
