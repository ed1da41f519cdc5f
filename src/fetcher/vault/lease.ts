/**
 * Renews and revokes the token and the leases of dynamic secrets. The wrapper
 * decides when.
 */
import { WrapperError } from "@/base/errors.ts";
import { parseTtl } from "@/fetcher/vault/login/login.ts";
import { mapBounded } from "@/base/map_bounded.ts";
import {
  type VaultAnswer,
  VaultClient,
  type VaultRequest,
} from "@/fetcher/vault/client/client.ts";
import { Deadline } from "@/fetcher/vault/transport/deadline.ts";
import { member } from "@/fetcher/vault/client/json.ts";
import type { RenewReport, RevokeReport } from "@/protocol/fetcher/messages.ts";
import type { VaultSettings } from "@/protocol/fetcher/vault_settings.ts";

/** The token, if true, and leases. */
export interface Holdings {
  readonly token: boolean;
  readonly leases: readonly string[];
}

type RenewFailure = RenewReport["failed"][number];

const TOKEN = "token";
/** The leases' share of the time, so that slow ones do not keep the token alive. */
const SHARE_FOR_LEASES = 0.6;

type Outcome =
  | { readonly id: string; readonly ttlSeconds: number }
  | RenewFailure;

/**
 * Renews the token and each lease. Failures are results, not exceptions.
 *
 * @throws ConfigError only for unusable certificate files
 */
export async function renew(
  settings: VaultSettings,
  token: string,
  what: Holdings,
  lateMs?: number,
): Promise<RenewReport> {
  const ids = [...(what.token ? [TOKEN] : []), ...what.leases];
  const client = await VaultClient.open({ settings, lateMs });
  try {
    const outcomes = await mapBounded(
      ids,
      client.parallel,
      (id) => renewOne(client, token, id),
    );
    return sortOut(outcomes);
  } finally {
    client.close();
  }
}

async function renewOne(
  client: VaultClient,
  token: string,
  id: string,
): Promise<Outcome> {
  try {
    const isToken = id === TOKEN;
    const answer = await client.ask({
      method: "POST",
      path: isToken ? "auth/token/renew-self" : "sys/leases/renew",
      token,
      body: isToken ? {} : { lease_id: id },
    });
    if (answer.status >= 300) {
      return { id, reason: describe(answer), final: true };
    }
    const granted = isToken ? member(answer.body, "auth") : answer.body;
    return { id, ttlSeconds: parseTtl(member(granted, "lease_duration")) };
  } catch (error) {
    return { id, reason: explain(error), final: false };
  }
}

function sortOut(outcomes: readonly Outcome[]): RenewReport {
  const failed = outcomes.filter((o) => "reason" in o);
  const renewed = outcomes.filter((o) => "ttlSeconds" in o);
  const token = renewed.find((o) => o.id === TOKEN);
  const leases = renewed.filter((o) => o.id !== TOKEN);
  return token === undefined
    ? { leases, failed }
    : { tokenTtlSeconds: token.ttlSeconds, leases, failed };
}

/**
 * Revokes leases, then the token, within `limitMs`. Never throws. Revoking the
 * token also revokes its leases, so a lease that its policy does not let it
 * revoke counts as revoked with it.
 */
export async function revoke(
  settings: VaultSettings,
  token: string,
  what: Holdings,
  limitMs: number,
  lateMs?: number,
): Promise<RevokeReport> {
  try {
    const client = await VaultClient.open({ settings, limitMs, lateMs });
    try {
      return await revokeAll(client, token, what);
    } finally {
      client.close();
    }
  } catch (error) {
    return { revoked: 0, failed: [explain(error)] };
  }
}

async function revokeAll(
  client: VaultClient,
  token: string,
  { leases, token: tokenToo }: Holdings,
): Promise<RevokeReport> {
  const { leftMs } = client.deadline;
  const deadline = new Deadline(tokenToo ? leftMs * SHARE_FOR_LEASES : leftMs);
  const failures = await mapBounded(leases, client.parallel, (id) => {
    const path = "sys/leases/revoke";
    const body = { lease_id: id, sync: true };
    return revokeOne(client, { path, token, body, deadline });
  });
  const failed = failures.filter((f) => f !== undefined)
    .map((reason) => `lease: ${reason}`);
  if (!tokenToo) {
    return { revoked: leases.length - failed.length, failed };
  }
  const failure = await revokeOne(client, {
    path: "auth/token/revoke-self",
    token,
    body: {},
    deadline: client.deadline,
  });
  return failure === undefined ? { revoked: leases.length + 1, failed: [] } : {
    revoked: leases.length - failed.length,
    failed: [...failed, `token: ${failure}`],
  };
}

/** @returns undefined, or why it was not revoked */
async function revokeOne(
  client: VaultClient,
  { deadline, ...request }: Omit<VaultRequest, "method"> & {
    readonly deadline: Deadline;
  },
): Promise<string | undefined> {
  try {
    const answer = await client.ask({ method: "POST", ...request }, deadline);
    return answer.status < 300 ? undefined : describe(answer);
  } catch (error) {
    return explain(error);
  }
}

function describe({ meaning, status }: VaultAnswer): string {
  return meaning ?? `HTTP ${status}`;
}

function explain(error: unknown): string {
  return error instanceof WrapperError
    ? error.message
    : "an unexpected failure";
}
