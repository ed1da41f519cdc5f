/**
 * Reads every path of a plan once, in parallel, and extracts the fields: KV
 * version 1 and 2, and everything else that GET can read. What `>>vault:` writes
 * is written once, before.
 */
import type { LeaseInfo } from "@/protocol/fetcher/messages.ts";
import { ConfigError } from "@/base/errors.ts";
import { type Login, parseDuration } from "@/fetcher/vault/login/login.ts";
import { mapBounded } from "@/base/map_bounded.ts";
import type {
  VaultAnswer,
  VaultClient,
} from "@/fetcher/vault/client/client.ts";
import {
  isObject,
  type JsonObject,
  member,
  parseExact,
} from "@/fetcher/vault/client/json.ts";
import { quotePath } from "@/fetcher/vault/client/path.ts";
import {
  explainReadRefusal,
  isDeletedVersion,
} from "@/fetcher/vault/client/refusal.ts";
import type { Wanted } from "./requests.ts";

/** The fields of a path, as parsed by JSON.parse. */
export interface Secret {
  readonly path: string;
  readonly fields: JsonObject;
  /** The same fields with the text of numbers; slow, so computed once. */
  readonly exact: () => JsonObject;
  /** True when the path does not exist and the plan allows that. */
  readonly isMissing?: boolean;
}

/** Time for running reads after one has failed. */
const GRACE_MS = 1000;

/** Where reads report to. */
export interface ReadOptions {
  /** Leases are added as they arrive, so that the caller can revoke them after a failure. */
  readonly leases: LeaseInfo[];
  /** Called for each path that does not exist, if that is allowed; undefined: it is not. */
  readonly onMissing: ((wanted: Wanted) => void) | undefined;
}

/**
 * Sends all requests.
 *
 * @throws ConfigError, VaultUnavailableError
 */
export async function readSecrets(
  client: VaultClient,
  login: Login,
  wanted: ReadonlyMap<string, Wanted>,
  options: ReadOptions,
): Promise<Map<string, Secret>> {
  const ask = async (
    [key, one]: readonly [string, Wanted],
  ): Promise<[string, Secret]> => {
    try {
      return [key, await readOne(client, login, one, options)];
    } catch (error) {
      // Reads that wait for a retry must not delay the error.
      client.deadline.fail(GRACE_MS);
      throw error;
    }
  };
  const isWrite = ([, { write }]: readonly [string, Wanted]) =>
    write !== undefined;
  const [writes, reads] = [
    [...wanted].filter(isWrite),
    [...wanted].filter((one) => !isWrite(one)),
  ];
  // One after the other, in the order of the environment.
  const written = await mapBounded(writes, 1, ask);
  const read = await mapBounded(reads, client.parallel, ask);
  return new Map([...written, ...read]);
}

async function readOne(
  client: VaultClient,
  login: Login,
  wanted: Wanted,
  { leases, onMissing }: ReadOptions,
): Promise<Secret> {
  const { token } = login;
  const { encoded: path, version, write } = wanted;
  const answer = await client.ask(
    write === undefined
      ? { method: "GET", path, version, token }
      : { method: "POST", path, token, body: parseExact(write) as JsonObject },
  );
  // If the token is invalid, report that instead of a forbidden read.
  if (answer.status === 403) await login.info();
  if (onMissing !== undefined && isMissing(wanted, answer)) {
    onMissing(wanted);
    const fields = {};
    return { path: wanted.path, fields, exact: () => fields, isMissing: true };
  }
  if (answer.status >= 300) throw explainReadRefusal(wanted, answer);
  const lease = parseLease(wanted.path, answer.body);
  if (lease !== undefined) leases.push(lease);
  return makeSecret(wanted, answer);
}

/** As in bank-vaults: nothing to read, or a write without an answer; not a deleted version. */
function isMissing({ write }: Wanted, answer: VaultAnswer): boolean {
  return write === undefined
    ? answer.status === 404 && !isDeletedVersion(answer)
    : answer.status === 204;
}

function parseLease(path: string, body: JsonObject): LeaseInfo | undefined {
  const id = member(body, "lease_id");
  if (typeof id !== "string" || id === "") return undefined;
  return {
    id,
    path,
    ...parseDuration(body),
    renewable: member(body, "renewable") === true,
  };
}

function makeSecret(wanted: Wanted, answer: VaultAnswer): Secret {
  const { path, version } = wanted;
  const isVersioned = isVersion2(path, answer.body);
  if (version !== undefined && !isVersioned) {
    throw new ConfigError(
      `${
        quotePath(path)
      } has no versions (only KV version 2 has): remove #${version}`,
    );
  }
  const fields = findFields(answer.body, isVersioned);
  if (fields === undefined) throw explainReadRefusal(wanted, answer);
  let exact: JsonObject | undefined;
  return {
    path,
    fields,
    exact: () => exact ??= parseFields(path, answer.text, isVersioned),
  };
}

function parseFields(
  path: string,
  text: string,
  isVersioned: boolean,
): JsonObject {
  try {
    return findFields(parseExact(text), isVersioned) ?? {};
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw new ConfigError(
      `A field of ${quotePath(path)} is nested too deeply: store it as text`,
    );
  }
}

function findFields(
  body: unknown,
  isVersioned: boolean,
): JsonObject | undefined {
  const data = member(body, "data");
  const fields = isVersioned ? member(data, "data") : data;
  return isObject(fields) ? fields : undefined;
}

/** Detects KV version 2 by its response: `data` beside `metadata` with a version. */
function isVersion2(path: string, body: JsonObject): boolean {
  const data = member(body, "data");
  const metadata = member(data, "metadata");
  return path.includes("/data/") && isObject(data) &&
    Object.hasOwn(data, "data") && isObject(metadata) &&
    typeof member(metadata, "version") === "number" &&
    typeof member(metadata, "created_time") === "string";
}
