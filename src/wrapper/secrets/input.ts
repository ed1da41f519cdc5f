/**
 * Reads the configuration and finds the secrets in the environment block. It
 * changes nothing and decodes no secret; ingest.ts moves the secrets.
 */
import { equalBytes } from "@/base/bytes.ts";
import { type Config, loadConfig } from "@/config/load.ts";
import type { Variable } from "@/config/reader.ts";
import { describeConflict, namesOf, type Setting } from "@/config/setting.ts";
import { SETTINGS } from "@/config/settings.ts";
import { findUnknownNames } from "@/config/unknown_names.ts";
import { SECRET_NAMES, TOKEN_REQUESTS } from "@/config/variables.ts";
import {
  type EnvironmentEntry,
  holdsText,
  type OwnBlocks,
} from "@/process/own_blocks.ts";
import { ALL_CHECKS, MAXIMUM_SCORE, WHOLE_SCORE } from "@/score/checks.ts";

const SCHEMES = ["vault:", "bao:"];
const SECRETS = SETTINGS.filter((s) => s.kind === "secret");

/** The configuration, with secrets still in the environment block. */
export interface Input {
  readonly own: OwnBlocks;
  readonly config: Config;
  /** All variables except secret settings. */
  readonly variables: readonly Variable[];
  /** Values of secret settings by their VAULT_ name, as views on the block. */
  readonly values: ReadonlyMap<string, Uint8Array>;
  /** Entries with the value of a secret setting. */
  readonly secretEntries: readonly EnvironmentEntry[];
}

/**
 * Reads the configuration and finds the secrets.
 *
 * @param variables all of the environment except secret settings
 * @throws ConfigError
 */
export async function readInput(
  own: OwnBlocks,
  variables: readonly Variable[],
  flags: ReadonlyMap<string, string>,
): Promise<Input> {
  const { environment } = own;
  const secret = environment.filter((e) => SECRET_NAMES.has(e.name));
  const values = findSecrets(secret);
  const requests = secret.filter(isTokenRequest);
  const secretEntries = secret.filter((e) =>
    e.value.length > 0 && !isTokenRequest(e)
  );
  const config = loadConfig({
    flags,
    variables,
    secrets: new Set(values.keys()),
    checks: ALL_CHECKS.map((c) => c.name),
    maximum: MAXIMUM_SCORE,
    wholeMaximum: WHOLE_SCORE,
    tokenNames: [...new Set(requests.map((e) => e.name))],
    secretProblems: listProblems(secret),
    unknown: await findUnknownNames(variables, flags),
  });
  return { own, config, variables, values, secretEntries };
}

/** Values by VAULT_ name; of equal names the first wins. */
function findSecrets(
  entries: readonly EnvironmentEntry[],
): Map<string, Uint8Array> {
  const values = new Map<string, Uint8Array>();
  for (const setting of SECRETS) {
    const [value] = findAliases(setting, entries);
    if (value) values.set(setting.name, value);
  }
  return values;
}

/** The values of a setting's VAULT_ and BAO_ variables. */
function findAliases(
  setting: Setting,
  entries: readonly EnvironmentEntry[],
): Uint8Array[] {
  return namesOf(setting).flatMap((name) => {
    const entry = entries.find((e) =>
      e.name === name && trim(e.value).length > 0 && !isTokenRequest(e)
    );
    return entry ? [trim(entry.value)] : [];
  });
}

/** Messages about secret settings, without their values. */
function listProblems(entries: readonly EnvironmentEntry[]): string[] {
  const conflicts = SECRETS.flatMap((setting) => {
    const [one, other] = findAliases(setting, entries);
    return one && other && !equalBytes(one, other)
      ? [describeConflict(setting)]
      : [];
  });
  const referring = entries.filter((e) =>
    !isTokenRequest(e) &&
    SCHEMES.some((scheme) => beginsWith(trim(e.value), scheme))
  ).map(({ name }) =>
    `${name} is a reference, but the wrapper needs its value before it can read any secret: set the value${
      name.endsWith("_TOKEN")
        ? ", or vault:login to pass the token of the login to the application"
        : ""
    }`
  );
  return [...conflicts, ...referring];
}

function isTokenRequest({ name, value }: EnvironmentEntry): boolean {
  const given = trim(value);
  return name.endsWith("_TOKEN") &&
    TOKEN_REQUESTS.some((mark) =>
      given.length === mark.length && beginsWith(given, mark)
    );
}

function beginsWith(value: Uint8Array, text: string): boolean {
  return holdsText(value.subarray(0, text.length), text);
}

/** Trims white space: a token that was copied from a file often ends with a line feed. */
function trim(value: Uint8Array): Uint8Array {
  let [start, end] = [0, value.length];
  while (start < end && (value[start] ?? 0) <= 0x20) start++;
  while (end > start && (value[end - 1] ?? 0) <= 0x20) end--;
  return value.subarray(start, end);
}
