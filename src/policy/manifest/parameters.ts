/** Which ConfigMap of parameters a workload's namespace has. */
import * as v from "valibot";
import { ConfigError } from "@/base/errors.ts";
import type { KubernetesObject } from "../evaluate/inject.ts";
import { PARAMETERS_NAME } from "../rules/names.ts";
import { isTable, namespaceOf, type Table, titleOf } from "./read.ts";
import { explainIssue, PARAMETERS_MAP } from "./schema.ts";

/** The ConfigMaps of parameters. @throws {ConfigError} when the values of one are not texts */
export function findParameters(objects: readonly Table[]): Table[] {
  return objects.filter(isParameters).map((found) => {
    const result = v.safeParse(PARAMETERS_MAP, found);
    if (result.success) return found;
    throw new ConfigError(
      `${titleOf(found)}: ${explainIssue(result.issues[0])}`,
    );
  });
}

function isParameters({ kind, metadata }: Table): boolean {
  return kind === "ConfigMap" && isTable(metadata) &&
    metadata.name === PARAMETERS_NAME;
}

/**
 * The parameters for a namespace. A ConfigMap without namespace is for all.
 *
 * @param namespace undefined when the manifest leaves it to kubectl
 * @throws {ConfigError} when none or several could be meant
 */
export function chooseParameters(
  maps: readonly KubernetesObject[],
  namespace: string | undefined,
): KubernetesObject {
  const own = maps.filter((map) => namespaceOf(map) === namespace);
  const open = maps.filter((map) => namespaceOf(map) === undefined);
  const candidates = own.length > 0
    ? own
    : namespace === undefined
    ? maps
    : open;
  const [found, another] = candidates;
  if (found !== undefined && another === undefined) return found;
  const which = namespace === undefined ? "" : ` of namespace ${namespace}`;
  throw new ConfigError(
    found === undefined
      ? `there is no ConfigMap ${PARAMETERS_NAME}${which}: add it, or remove the namespace from the ConfigMap that you gave`
      : `there are several ConfigMaps ${PARAMETERS_NAME}${which}: name the namespace, or give one of them`,
  );
}
