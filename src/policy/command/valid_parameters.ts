/** The ConfigMaps of parameters, checked as the API server does when they are applied. */
import { ConfigError } from "@/base/errors.ts";
import { findNearest } from "@/base/nearest_name.ts";
import { parameterProblems } from "../evaluate/findings.ts";
import type { KubernetesObject } from "../evaluate/inject.ts";
import { findParameters } from "../manifest/parameters.ts";
import { type Table, titleOf } from "../manifest/read.ts";
import { PARAMETERS } from "../parameters.ts";

/**
 * @param file of the flag `--parameters`
 * @throws {ConfigError} when there are none, or invalid ones
 */
export function requireParameters(
  objects: readonly Table[],
  file: string | undefined,
): readonly KubernetesObject[] {
  const maps = findParameters(objects);
  if (maps.length === 0) {
    throw new ConfigError(
      file === undefined
        ? "No parameters: use --parameters FILE, a file with the ConfigMap cloudtaser of the namespace"
        : `${file} has no ConfigMap cloudtaser: add it (policy parameters lists its keys)`,
    );
  }
  for (const map of maps) {
    const problems = parameterProblems(map);
    if (problems.length === 0) continue;
    throw new ConfigError(
      `${titleOf(map)}: ${problems.map(addAdvice).join("; ")}`,
    );
  }
  return maps;
}

/** The name that was meant, which CEL cannot find. */
function addAdvice(problem: string): string {
  const [, name = ""] = /^parameter (\S+) is unknown/.exec(problem) ?? [];
  const names = PARAMETERS.map((one) => one.name);
  const meant = findNearest(name, names, /^/) ??
    names.find((one) => one.toLowerCase() === `vault${name.toLowerCase()}`);
  return meant ? `${problem}; did you mean ${meant}?` : problem;
}
