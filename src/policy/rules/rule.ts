/** A rule: what it finds in a pod, in words that name the container, the setting and the remedy. */
import { items, type Variable, variable } from "./cel.ts";
import { AGENT_CLAIM, AGENT_VOLUME, MOST_CONTAINERS } from "./names.ts";
import { isWrapped, startsWrapper } from "./pod.ts";

/** Which parameter says what happens: `mode`, or `literalSecrets`. */
type Level = "mode" | "literalSecrets";

/** One rule. */
export interface Rule {
  /** Name of the variable that holds its findings, a list of texts. */
  readonly name: string;
  readonly level: Level;
  readonly expression: string;
  /** What it refuses, for the documentation. */
  readonly refuses: string;
}

/** Variable: what is judged is injected later, so that only what stays as it is counts. */
export const IS_TEMPLATE = "isTemplate";

/** Of the container `c`. */
export const ENV: string = items("c", "env");
export const MOUNTS: string = items("c", "volumeMounts");
export const DEVICES: string = items("c", "volumeDevices");
export const IS_WRAPPED: string = `(${isWrapped("c")} ||
  (variables.isTemplate && has(c.command) && size(c.command) > 0 && !${
  startsWrapper("c")
}))`;

/** Of the pod. */
export const VOLUMES: string = items("object.spec", "volumes");

/** Makes a rule. */
export function rule(
  name: string,
  refuses: string,
  expression: string,
  level: Level = "mode",
): Rule {
  return { ...variable(name, expression), refuses, level };
}

/**
 * Variables with what is judged. On a change of pods/ephemeralcontainers these
 * are the new ephemeral containers: the rest of the pod runs already.
 */
export const JUDGED_VARIABLES: readonly Variable[] = [
  // A template of pods is judged before its pods are injected (render/workloads.ts).
  variable(IS_TEMPLATE, "false"),
  variable(
    "isDebug",
    "has(request.subResource) && request.subResource == 'ephemeralcontainers'",
  ),
  variable(
    "debuggers",
    `variables.isDebug && has(object.spec.ephemeralContainers) ? object.spec.ephemeralContainers.filter(c,
      !(has(oldObject.spec.ephemeralContainers) && oldObject.spec.ephemeralContainers.exists(old, old.name == c.name))) : []`,
  ),
  variable(
    "everyContainer",
    "variables.isDebug ? variables.debuggers : object.spec.containers + variables.allInits",
  ),
  variable(
    // An annotation of the pod may add containers. What starts a wrapper counts without it.
    "targets",
    `variables.isDebug ? variables.debuggers :
      object.spec.containers.filter(c, !variables.isExempt || ${
      startsWrapper("c")
    }) + variables.inits.filter(c, (!variables.isExempt && c.name in variables.wantedInits) || ${
      startsWrapper("c")
    })`,
  ),
  variable(
    "agentVolumes",
    `${VOLUMES}.filter(v, v.name == '${AGENT_VOLUME}' ||
      (has(v.persistentVolumeClaim) && v.persistentVolumeClaim.claimName == '${AGENT_CLAIM}')).map(v, v.name)`,
  ),
  variable(
    "fits",
    `size(object.spec.containers) <= ${MOST_CONTAINERS} && size(variables.inits) <= ${MOST_CONTAINERS}`,
  ),
  // The API server's text for missing parameters is fixed; these report what is wrong with present ones.
  variable("isJudged", "size(variables.parameterProblems) == 0"),
];
