/**
 * Reads every path of a plan once, in parallel, and finds the fields in the
 * answers: KV version 1 and 2 and everything else that can be read with GET.
 */
import type { LeaseInfo } from "@/protocol/fetcher/messages.ts";
import { ConfigError } from "@/base/errors.ts";
import { type Login, takeSeconds } from "@/fetcher/vault/login/login.ts";
import { mapBounded } from "@/fetcher/vault/client/bounded.ts";
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
  /** Variables that it is for, or `all fields`; for messages. */
  readonly uses: string[];
}

/** Fields of a path. Values are as JSON.parse gives them. */
export interface Secret {
  readonly path: string;
  readonly fields: JsonObject;
  /** The same fields with numbers as they were written; slow, made once. */
  readonly exact: () => JsonObject;
}

/** Tells two places of one secret apart from two secrets. */
export function secretKey(path: string, version: number | undefined): string {
  return `${encodePath(path)}#${version ?? ""}`;
}

/**
 * The requests of a plan, each path and version once.
 *
 * @throws ConfigError for a path that cannot be one
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

/** How long other reads may still take after one has failed. */
const UNDER_WAY_MS = 1000;

/**
 * Reads everything that is wanted. Leases go to `leases` as they come, so that
 * whoever fails half-way can give them back.
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
        // Others may be waiting to try again: they must not hold up the news.
        client.deadline.fail(UNDER_WAY_MS);
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
  // A token that Vault does not know explains a forbidden read better.
  if (answer.status === 403) await login.info;
  if (answer.status >= 300) throw explainReadRefusal(wanted, answer);
  const lease = takeLease(wanted.path, answer.body);
  if (lease !== undefined) leases.push(lease);
  return makeSecret(wanted, answer);
}

function takeLease(path: string, body: JsonObject): LeaseInfo | undefined {
  const id = member(body, "lease_id");
  if (typeof id !== "string" || id === "") return undefined;
  return {
    id,
    path,
    ttlSeconds: takeSeconds(member(body, "lease_duration")),
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
      } has no versions (only KV version 2 has): leave #${version} out`,
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

/** KV version 2 by the shape of its answers: `data` beside `metadata` with a version. */
function isVersion2(path: string, body: JsonObject): boolean {
  const data = member(body, "data");
  const metadata = member(data, "metadata");
  return path.includes("/data/") && isObject(data) &&
    Object.hasOwn(data, "data") && isObject(metadata) &&
    typeof member(metadata, "version") === "number" &&
    typeof member(metadata, "created_time") === "string";
}
