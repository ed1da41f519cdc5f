/**
 * Reads every path of a plan once, in parallel, and extracts the fields: KV
 * version 1 and 2, and everything else that GET can read.
 */
import type { LeaseInfo } from "@/protocol/fetcher/messages.ts";
import { ConfigError } from "@/base/errors.ts";
import { type Login, parseTtl } from "@/fetcher/vault/login/login.ts";
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
import { encodePath, quotePath } from "@/fetcher/vault/client/path.ts";
import type { Plan } from "@/protocol/fetcher/plan.ts";
import { explainReadRefusal } from "@/fetcher/vault/client/refusal.ts";

/** One request. */
export interface Wanted {
  readonly path: string;
  readonly encoded: string;
  readonly version: number | undefined;
  /** The variables that need it, or `all fields`; for messages. */
  readonly uses: string[];
}

/** The fields of a path, as parsed by JSON.parse. */
export interface Secret {
  readonly path: string;
  readonly fields: JsonObject;
  /** The same fields with the text of numbers; slow, so computed once. */
  readonly exact: () => JsonObject;
}

/** Equal for the same secret, however its path is written. */
export function secretKey(path: string, version: number | undefined): string {
  return `${encodePath(path)}#${version ?? ""}`;
}

/**
 * The requests of a plan, each path and version once.
 *
 * @throws ConfigError for an invalid path
 */
export function listWanted(plan: Plan): Map<string, Wanted> {
  const all = new Map<string, Wanted>();
  const add = (path: string, version: number | undefined, use: string) => {
    const key = secretKey(path, version);
    const wanted = all.get(key) ??
      { path, version, encoded: encodePath(path), uses: [] };
    if (!wanted.uses.includes(use)) wanted.uses.push(use);
    all.set(key, wanted);
  };
  for (const { name, parts } of plan.deliveries) {
    for (const part of parts) {
      if ("path" in part) add(part.path, part.version, name);
    }
  }
  for (const { path, version } of plan.bulk) add(path, version, "all fields");
  return all;
}

/** Time for running reads after one has failed. */
const GRACE_MS = 1000;

/**
 * Reads all requested paths. Adds leases to `leases` as they arrive, so that the
 * caller can revoke them after a failure.
 *
 * @throws ConfigError, VaultUnavailableError
 */
export async function readSecrets(
  client: VaultClient,
  login: Login,
  wanted: ReadonlyMap<string, Wanted>,
  leases: LeaseInfo[],
): Promise<Map<string, Secret>> {
  const secrets = await mapBounded(
    [...wanted],
    client.parallel,
    async ([key, one]): Promise<[string, Secret]> => {
      try {
        return [key, await readOne(client, login, one, leases)];
      } catch (error) {
        // Reads that wait for a retry must not delay the error.
        client.deadline.fail(GRACE_MS);
        throw error;
      }
    },
  );
  return new Map(secrets);
}

async function readOne(
  client: VaultClient,
  login: Login,
  wanted: Wanted,
  leases: LeaseInfo[],
): Promise<Secret> {
  const answer = await client.ask({
    method: "GET",
    path: wanted.encoded,
    version: wanted.version,
    token: login.token,
  });
  // If the token is invalid, report that instead of a forbidden read.
  if (answer.status === 403) await login.info();
  if (answer.status >= 300) throw explainReadRefusal(wanted, answer);
  const lease = parseLease(wanted.path, answer.body);
  if (lease !== undefined) leases.push(lease);
  return makeSecret(wanted, answer);
}

function parseLease(path: string, body: JsonObject): LeaseInfo | undefined {
  const id = member(body, "lease_id");
  if (typeof id !== "string" || id === "") return undefined;
  return {
    id,
    path,
    ttlSeconds: parseTtl(member(body, "lease_duration")),
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
