/**
 * Which name was meant. Loaded only when a variable or flag is unknown, as a
 * part of the help's program (src/cli/help.ts).
 */
import { findNearest, measureDistance } from "@/base/nearest_name.ts";
import { AGENT_SETTINGS } from "./agent_settings.ts";
import { flagOf, namesOf } from "./setting.ts";
import { SETTINGS } from "./settings.ts";
import type { UnknownName } from "./unknown_names.ts";

/** bank-vaults' variables, without VAULT_ or BAO_: the setting that replaces each. docs/MIGRATION.md has them too. */
const REPLACED: ReadonlyMap<string, string> = new Map([
  ["ROLE", "VAULT_AUTH_ROLE"],
  ["PATH", "VAULT_AUTH_MOUNT_PATH"],
  ["ENV_PASSTHROUGH", "CLOUDTASER_PASSTHROUGH"],
  ["PASSTHROUGH", "CLOUDTASER_PASSTHROUGH"],
  ["LOG_LEVEL", "CLOUDTASER_LOG_LEVEL"],
  ["JSON_LOG", "CLOUDTASER_LOG_FORMAT"],
]);

/** Those that nothing replaces, and why. */
const NEEDLESS: ReadonlyMap<string, string> = new Map([
  ["ENV_DELAY", "the wrapper retries until CLOUDTASER_VAULT_DEADLINE"],
  ["ENV_DAEMON", "the wrapper always stays as PID 1 and renews leases"],
  ["REVOKE_TOKEN", "the wrapper always revokes the token of its login"],
  ["ENV_LOG_SERVER", "the log goes to standard error only"],
  ["TRANSIT_BATCH_SIZE", "the wrapper decrypts all in one request"],
]);

/** An application may have a variable of this name. */
const WAY_OUT =
  "; if the application reads it, name it in CLOUDTASER_PASSTHROUGH";

/** Vault's own tools have many variables: only a name this close to a setting is a mistake. */
const VAULT_DISTANCE = 2;

/**
 * Makes the messages for unknown variables. Other VAULT_ and BAO_ variables than
 * misspelt and replaced ones are left alone.
 *
 * @param given names of all variables, and of settings that flags give
 */
export function explainNames(
  unknown: readonly string[],
  given: ReadonlySet<string>,
): UnknownName[] {
  return unknown.flatMap((name) => {
    const problem = name.startsWith("CLOUDTASER_")
      ? explainOwn(name)
      : explainVault(name, given);
    return problem === undefined ? [] : [{ name, problem }];
  });
}

function explainOwn(name: string): string {
  const settings = [...SETTINGS, ...AGENT_SETTINGS].flatMap(namesOf);
  const meant = findNearest(name, settings, /^CLOUDTASER_/);
  return meant === undefined
    ? `${name} is not a setting: see help settings${WAY_OUT}`
    : `${name} is not a setting: did you mean ${meant}?`;
}

function explainVault(
  name: string,
  given: ReadonlySet<string>,
): string | undefined {
  const bare = name
    .replace(/^SECRET_INIT_(?=DAEMON|DELAY|LOG_SERVER)/, "ENV_")
    .replace(/^(?:VAULT|BAO|SECRET_INIT)_/, "");
  const reason = NEEDLESS.get(bare);
  if (reason !== undefined) {
    return `${name} has no effect: unset it, ${reason}${WAY_OUT}`;
  }
  const replacement = REPLACED.get(bare);
  if (replacement !== undefined) {
    const aliases = namesOf({ name: replacement });
    return aliases.some((alias) => given.has(alias))
      ? undefined
      : `${name} is not a setting: set ${replacement} instead${WAY_OUT}`;
  }
  const near = SETTINGS.flatMap(namesOf).find((known) =>
    measureDistance(name, known) <= VAULT_DISTANCE
  );
  return near &&
    `${name} is not a setting: did you mean ${near}? If the application reads it, name it in CLOUDTASER_PASSTHROUGH`;
}

/** The flag that an unknown flag means. */
export function findFlag(
  flag: string,
  known: readonly string[],
): string | undefined {
  const bare = flag.replace(/^-+(?:vault|bao)-/, "").toUpperCase()
    .replaceAll("-", "_");
  const replacement = SETTINGS.find((s) => s.name === REPLACED.get(bare));
  const replacing = replacement && `--${flagOf(replacement)}`;
  return replacing !== undefined && known.includes(replacing)
    ? replacing
    : findNearest(flag, known, /^-+/);
}
