/**
 * The first thing that happens to what we were given: secrets are taken out of
 * the environment block into the arena and wiped there, everything else is read
 * as configuration.
 */
import { FfiError } from "@ffi";
import { KernelError } from "@/base/errors.ts";
import { type Config, loadConfig } from "@/config/load.ts";
import { describeConflict, namesOf, type Setting } from "@/config/setting.ts";
import { SETTINGS } from "@/config/settings.ts";
import { listVariables, SECRET_NAMES } from "@/config/variables.ts";
import { ALL_CHECKS, MAXIMUM_SCORE, WHOLE_SCORE } from "@/score/checks.ts";
import {
  type EnvironmentEntry,
  holdsText,
  type OwnImage,
  wipeValue,
} from "@/process/own_image.ts";
import { equalBytes } from "@/base/bytes.ts";
import { SecretStore } from "./store.ts";

/** For the request that brings a token: its head too. RLIMIT_MEMLOCK may be 64 KiB. */
const ROOM_BYTES = 8192;
/** A wish, not a token: the application asks to be given ours. */
const LOGIN_MARKS = ["vault:login", "bao:login"];
const SCHEMES = ["vault:", "bao:"];
const SECRETS = SETTINGS.filter((s) => s.kind === "secret");

/** What we were given, with the secrets still where they came. */
export interface Input {
  readonly own: OwnImage;
  readonly config: Config;
  /** Views on the environment block, by the name of the setting. */
  readonly values: ReadonlyMap<string, Uint8Array>;
  /** Entries that hold a secret. */
  readonly secretSet: readonly EnvironmentEntry[];
}

/** What we were given, with the secrets in the store and nowhere else. */
export interface Ingested {
  readonly own: OwnImage;
  readonly config: Config;
  readonly store: SecretStore;
  /** Names of secret variables that stay in the environment because they were asked for. */
  readonly left: readonly string[];
  /** Names of those that were wiped. */
  readonly wiped: readonly string[];
  /** Types of the file systems that files were read from, by path. Kept: a disk keeps what lay on it. */
  readonly readFrom: Map<string, Set<string | undefined>>;
}

/**
 * Reads the configuration; secrets are found, not touched.
 *
 * @throws ConfigError
 */
export function readInput(
  own: OwnImage,
  flags: ReadonlyMap<string, string>,
): Input {
  const { environment } = own;
  const secret = environment.filter((e) => SECRET_NAMES.has(e.name));
  const values = findSecrets(secret);
  const asking = secret.filter(isTokenRequest);
  const config = loadConfig({
    flags,
    variables: listVariables(environment),
    secrets: new Set(values.keys()),
    checks: ALL_CHECKS.map((c) => c.name),
    maximum: MAXIMUM_SCORE,
    wholeMaximum: WHOLE_SCORE,
    tokenNames: [...new Set(asking.map((e) => e.name))],
    secretProblems: listProblems(secret),
  });
  const secretSet = secret.filter((e) =>
    e.value.length > 0 && !isTokenRequest(e)
  );
  return { own, config, values, secretSet };
}

/**
 * Takes the secrets into an arena and wipes them where they were.
 *
 * @throws KernelError
 */
export function ingest({ own, config, values, secretSet }: Input): Ingested {
  const store = openStore(values, config.sealed ? ROOM_BYTES : 0);
  const isLeft = ({ name }: EnvironmentEntry) =>
    config.passthrough.includes(name) || config.passthrough.includes("*");
  const wiped = secretSet.filter((e) => !isLeft(e));
  wiped.forEach(wipeValue);
  return {
    own,
    config,
    store,
    left: secretSet.filter(isLeft).map((e) => e.name),
    wiped: wiped.map((e) => e.name),
    readFrom: new Map(),
  };
}

/** Values by VAULT_ name; of equal names the first counts. Twins that differ are refused. */
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

/** What each of a setting's names holds. */
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

/** What is wrong with secret settings, without their values. */
function listProblems(entries: readonly EnvironmentEntry[]): string[] {
  const clashing = SECRETS.flatMap((setting) => {
    const [one, other] = findAliases(setting, entries);
    return one && other && !equalBytes(one, other)
      ? [describeConflict(setting)]
      : [];
  });
  const referring = entries.filter((e) =>
    !isTokenRequest(e) &&
    SCHEMES.some((scheme) => beginsWith(trim(e.value), scheme))
  ).map(({ name }) =>
    `${name} holds a reference, but is needed before any secret can be read: give its value${
      name.endsWith("_TOKEN")
        ? ", or vault:login to hand on the login's token"
        : ""
    }`
  );
  return [...clashing, ...referring];
}

function openStore(
  values: ReadonlyMap<string, Uint8Array>,
  roomBytes: number,
): SecretStore {
  try {
    return SecretStore.open(values, roomBytes);
  } catch (error) {
    if (!(error instanceof FfiError)) throw error;
    throw new KernelError(
      `Cannot lock memory for secrets: ${error.call} answered ${error.code}, raise RLIMIT_MEMLOCK (ulimit -l) or grant CAP_IPC_LOCK`,
      { cause: error },
    );
  }
}

function isTokenRequest({ name, value }: EnvironmentEntry): boolean {
  const given = trim(value);
  return name.endsWith("_TOKEN") &&
    LOGIN_MARKS.some((mark) =>
      given.length === mark.length && beginsWith(given, mark)
    );
}

function beginsWith(value: Uint8Array, text: string): boolean {
  return holdsText(value.subarray(0, text.length), text);
}

/** Without white space at the ends: a token from a file often brings its line feed along. */
function trim(value: Uint8Array): Uint8Array {
  let [start, end] = [0, value.length];
  while (start < end && (value[start] ?? 0) <= 0x20) start++;
  while (end > start && (value[end - 1] ?? 0) <= 0x20) end--;
  return value.subarray(start, end);
}
