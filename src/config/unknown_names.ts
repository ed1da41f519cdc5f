/** Variables that look like settings but are not: misspelt names, and names of other tools. */
import { loadScript } from "@/process/script.ts";
import { AGENT_SETTINGS } from "./agent_settings.ts";
import type { explainNames } from "./name_advice.ts";
import type { Variable } from "./reader.ts";
import { flagOf, namesOf } from "./setting.ts";
import { SETTINGS } from "./settings.ts";

/** A variable that looks like a setting but is not. */
export interface UnknownName {
  readonly name: string;
  /** The error message, which offers the name that was probably meant. */
  readonly problem: string;
}

/** What the help's program exports for this. */
interface AdviceScript {
  readonly explainNames: typeof explainNames;
}

/** Those of bank-vaults' secret-init are few: other names may be an application's. */
const OURS =
  /^(?:CLOUDTASER|VAULT|BAO)_|^SECRET_INIT_(?:DAEMON|DELAY|LOG_SERVER|LOG_LEVEL|JSON_LOG)$/;
const SERVICE_HOST = "_SERVICE_HOST";

/**
 * Finds unknown variables. The advice is loaded only if a name is unknown: a
 * correct environment does not pay for it.
 */
export async function findUnknownNames(
  variables: readonly Variable[],
  flags: ReadonlyMap<string, string>,
): Promise<readonly UnknownName[]> {
  const names = listUnknownNames(variables);
  if (names.length === 0) return [];
  const advice = await loadScript<AdviceScript>("help");
  return advice.explainNames(names, listGivenNames(variables, flags));
}

/** Names of all variables, and of the settings that flags give. Exported for tests. */
export function listGivenNames(
  variables: readonly Variable[],
  flags: ReadonlyMap<string, string>,
): ReadonlySet<string> {
  const byFlag = [...SETTINGS, ...AGENT_SETTINGS]
    .filter((setting) => flags.has(flagOf(setting)));
  return new Set([...variables, ...byFlag].map(({ name }) => name));
}

/** Names with a prefix of settings that neither the wrapper nor the agent knows; an empty value counts as unset. Exported for tests. */
export function listUnknownNames(variables: readonly Variable[]): string[] {
  const ours = variables
    .filter(({ name, isEmpty }) => OURS.test(name) && !isEmpty)
    .map(({ name }) => name);
  if (ours.length === 0) return [];
  const known = new Set([...SETTINGS, ...AGENT_SETTINGS].flatMap(namesOf));
  const services = ours.filter((name) => name.endsWith(SERVICE_HOST))
    .map((name) => name.slice(0, -SERVICE_HOST.length));
  return [...new Set(ours)].filter((name) =>
    !known.has(name) &&
    !services.some((service) => isServiceLink(name, service))
  );
}

/** Kubernetes sets these for each Service of the namespace, for one named cloudtaser too. */
function isServiceLink(name: string, service: string): boolean {
  return name.startsWith(service) &&
    /^_(?:SERVICE_HOST|SERVICE_PORT(?:_\w+)?|PORT(?:_\d+_(?:TCP|UDP|SCTP)(?:_(?:PROTO|PORT|ADDR))?)?)$/
      .test(name.slice(service.length));
}
