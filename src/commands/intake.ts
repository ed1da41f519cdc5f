/**
 * The first thing that happens to what we were given: secrets are taken out of
 * the environment block into the arena and wiped there, everything else is read
 * as configuration.
 */
import { FfiError } from "@ffi";
import { KernelError } from "@/base/mod.ts";
import {
  type Config,
  loadConfig,
  namesOf,
  SETTINGS,
  type Variable,
} from "@/config/mod.ts";
import { ALL_CHECKS, MAXIMUM_SCORE, WHOLE_SCORE } from "@/evidence/mod.ts";
import {
  decodeLatin1,
  type EnvironmentEntry,
  holdsText,
  type OwnImage,
  SecretStore,
  wipeValue,
} from "@/memory/mod.ts";

/** For the request that brings a token: its head too. RLIMIT_MEMLOCK may be 64 KiB. */
const ROOM_BYTES = 8192;
const HAND_OVER = "vault:login";
const SECRETS = SETTINGS.filter((s) => s.kind === "secret");
const SECRET_NAMES = new Set(SECRETS.flatMap(namesOf));

/** What we were given, with the secrets still where they came. */
export interface Given {
  readonly own: OwnImage;
  readonly config: Config;
  /** Views on the environment block, by the name of the setting. */
  readonly values: ReadonlyMap<string, Uint8Array>;
  /** Entries that hold a secret. */
  readonly holding: readonly EnvironmentEntry[];
}

/** What we were given, with the secrets in the store and nowhere else. */
export interface Intake {
  readonly own: OwnImage;
  readonly config: Config;
  readonly store: SecretStore;
  /** Names of secret variables that stay in the environment because they were asked for. */
  readonly left: readonly string[];
  /** Names of those that were wiped. */
  readonly wiped: readonly string[];
}

/** Variables that may be decoded: all but the secret ones. */
export function listVariables(
  environment: readonly EnvironmentEntry[],
): Variable[] {
  return environment.filter((e) => !SECRET_NAMES.has(e.name)).map(toVariable);
}

/**
 * Reads the configuration; secrets are found, not touched.
 *
 * @throws ConfigError
 */
export function readGiven(
  own: OwnImage,
  flags: ReadonlyMap<string, string>,
): Given {
  const { environment } = own;
  const secret = environment.filter((e) => SECRET_NAMES.has(e.name));
  const values = findSecrets(secret);
  const config = loadConfig({
    flags,
    variables: listVariables(environment),
    secrets: new Set(values.keys()),
    checks: ALL_CHECKS.map((c) => c.name),
    maximum: MAXIMUM_SCORE,
    wholeMaximum: WHOLE_SCORE,
    handToken: secret.some(isHandOver),
  });
  const holding = secret.filter((e) => e.value.length > 0 && !isHandOver(e));
  return { own, config, values, holding };
}

/**
 * Takes the secrets into an arena and wipes them where they were.
 *
 * @throws KernelError
 */
export function takeIn({ own, config, values, holding }: Given): Intake {
  const store = openStore(values, config.sealed ? ROOM_BYTES : 0);
  const isLeft = ({ name }: EnvironmentEntry) =>
    config.passthrough.includes(name) || config.passthrough.includes("*");
  const wiped = holding.filter((e) => !isLeft(e));
  wiped.forEach(wipeValue);
  return {
    own,
    config,
    store,
    left: holding.filter(isLeft).map((e) => e.name),
    wiped: wiped.map((e) => e.name),
  };
}

/** Values by VAULT_ name; the BAO_ twin wins, and the first of equal names. */
function findSecrets(
  entries: readonly EnvironmentEntry[],
): Map<string, Uint8Array> {
  const values = new Map<string, Uint8Array>();
  for (const setting of SECRETS) {
    const found = namesOf(setting).flatMap((name) =>
      entries.find((e) =>
        e.name === name && e.value.length > 0 && !isHandOver(e)
      ) ?? []
    );
    const value = found[0] && trim(found[0].value);
    if (value && value.length > 0) values.set(setting.name, value);
  }
  return values;
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

function isHandOver({ value }: EnvironmentEntry): boolean {
  return value.length === HAND_OVER.length && holdsText(value, HAND_OVER);
}

/** Without white space at the ends: a token from a file often brings its line feed along. */
function trim(value: Uint8Array): Uint8Array {
  let [start, end] = [0, value.length];
  while (start < end && (value[start] ?? 0) <= 0x20) start++;
  while (end > start && (value[end - 1] ?? 0) <= 0x20) end--;
  return value.subarray(start, end);
}

function toVariable({ name, value }: EnvironmentEntry): Variable {
  return {
    name,
    text: () => new TextDecoder().decode(value),
    latin1: () => decodeLatin1(value),
    mayRefer: holdsText(value, "vault:") || holdsText(value, "bao:"),
  };
}
