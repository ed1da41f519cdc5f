/** Settings of a wrapper, from variables and flags of a test. */
import { loadConfig } from "@/config/load.ts";
import { explainNames } from "@/config/name_advice.ts";
import { listGivenNames, listUnknownNames } from "@/config/unknown_names.ts";
import type { Variable } from "@/config/reader.ts";

export function makeVariable(name: string, value: string): Variable {
  return {
    name,
    text: () => value,
    latin1: () => String.fromCharCode(...new TextEncoder().encode(value)),
    isEmpty: value === "",
    mayRefer: /(?:vault|bao):/i.test(value),
  };
}

export function makeVariables(env: Record<string, string>): Variable[] {
  return Object.entries(env).map(([name, value]) => makeVariable(name, value));
}

/** @param secrets names of variables whose values are secrets */
export function load(
  env: Record<string, string>,
  { flags = {}, secrets = [] }: {
    readonly flags?: Record<string, string>;
    readonly secrets?: readonly string[];
  } = {},
) {
  const variables = makeVariables(env);
  return loadConfig({
    flags: new Map(Object.entries(flags)),
    variables,
    secrets: new Set(secrets),
    checks: [
      "memfd_secret",
      "mlock",
      "ebpf_connected",
      "confidential_computing",
    ],
    maximum: 75,
    wholeMaximum: 105,
    tokenNames: [],
    secretProblems: [],
    unknown: explainNames(
      listUnknownNames(variables),
      listGivenNames(variables, new Map(Object.entries(flags))),
    ),
  });
}
