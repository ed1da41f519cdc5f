/** The fetch job: logs in, reads every path and makes the values; revokes everything on failure. */
import { ConfigError } from "@/base/errors.ts";
import { type Login, logIn } from "@/fetcher/vault/login/login.ts";
import type { TokenInfo } from "@/protocol/fetcher/messages.ts";
import { VaultClient } from "@/fetcher/vault/client/client.ts";
import { CredentialDetector } from "@/fetcher/vault/client/credential_detector.ts";
import { describeAsked } from "@/fetcher/vault/client/refusal.ts";
import { revoke } from "./lease.ts";
import type { Plan } from "@/protocol/fetcher/plan.ts";
import type { LeaseInfo } from "@/protocol/fetcher/messages.ts";
import { readSecrets, type Secret } from "@/fetcher/vault/secrets/read.ts";
import { listWanted, type Wanted } from "@/fetcher/vault/secrets/requests.ts";
import {
  compileTemplates,
  type LoadTemplates,
} from "@/fetcher/vault/secrets/templates.ts";
import {
  decryptAll,
  encodeKeyPath,
  LEFT_OUT,
} from "@/fetcher/vault/secrets/transit.ts";
import type {
  Credentials,
  VaultSettings,
} from "@/protocol/fetcher/vault_settings.ts";
import {
  addSpentHint,
  type Unwrapped,
  unwrapSecretId,
} from "@/fetcher/vault/login/unwrap.ts";
import {
  makeValues,
  refuseNames,
  type Value,
} from "@/fetcher/vault/secrets/values.ts";

/** The result of a fetch, in ordinary memory. */
export interface Fetched {
  readonly token: string;
  readonly tokenInfo: TokenInfo;
  /** For later logins: its wrapping token is used up. */
  readonly secretId: string | undefined;
  readonly leases: readonly LeaseInfo[];
  readonly values: readonly Value[];
  readonly millis: { readonly login: number; readonly read: number };
}

/** Time limit of the revocation after a failure, because an operator waits for the error. */
const REVOKE_LIMIT_MS = 2000;

/** What a fetch needs besides settings, plan and credentials. */
export interface FetchOptions {
  /** Receives reasons for waiting, each once and again every ten seconds, and warnings. */
  readonly onNote?: (text: string) => void;
  /** The elapsed part of the deadline. */
  readonly lateMs?: number;
  readonly loadTemplates: LoadTemplates;
}

/**
 * Fetches all secrets of a plan.
 *
 * @throws ConfigError when a setting or path is wrong, VaultUnavailableError at the deadline
 */
export async function fetchSecrets(
  settings: VaultSettings,
  plan: Plan,
  credentials: Credentials,
  { onNote, lateMs, loadTemplates }: FetchOptions,
): Promise<Fetched> {
  const { wanted, templates } = await checkPlan(plan, loadTemplates);
  const detector = new CredentialDetector(JSON.stringify([settings, plan]));
  const options = { settings, onWait: onNote, lateMs, detector };
  const client = await VaultClient.open(options);
  const leases: LeaseInfo[] = [];
  let login: Login | undefined;
  let unwrapped: Unwrapped | undefined;
  try {
    const begin = performance.now();
    const { auth } = settings;
    unwrapped = await unwrapSecretId(client, auth, credentials, onNote);
    login = await logIn(client, auth, { ...credentials, ...unwrapped });
    const loggedIn = performance.now();
    const onMissing = noteMissing(plan, onNote);
    const asked = { leases, onMissing };
    const secrets = await readSecrets(client, login, wanted, asked);
    const plaintexts = await decryptAll(client, login, plan, onNote);
    refuseCredentials(detector, secrets, leases);
    const values = makeValues(plan, secrets, { plaintexts, templates });
    const read = performance.now() - loggedIn;
    const millis = { login: loggedIn - begin, read };
    const tokenInfo = await settle(login, wanted.size + plaintexts.size);
    const { token } = login;
    const secretId = unwrapped?.secretId;
    return { token, tokenInfo, secretId, leases, values, millis };
  } catch (error) {
    const limitMs = Math.min(REVOKE_LIMIT_MS, client.deadline.reservedMs);
    client.close();
    await revokeAll(settings, login, leases, limitMs);
    throw unwrapped?.isNew ? addSpentHint(error) : error;
  } finally {
    client.close();
  }
}

/** What is wrong in a plan is found before any request. @throws ConfigError */
async function checkPlan(plan: Plan, loadTemplates: LoadTemplates) {
  refuseNames(plan);
  if (plan.transit) encodeKeyPath(plan.transit);
  const templates = await compileTemplates(plan, loadTemplates);
  return { wanted: listWanted(plan), templates };
}

/** A warning for each path that does not exist, if the plan allows that. */
function noteMissing(
  { ignoreMissing }: Plan,
  onNote: FetchOptions["onNote"],
): ((wanted: Wanted) => void) | undefined {
  if (!ignoreMissing) return undefined;
  return (wanted) => {
    const what = wanted.write === undefined ? "at" : "to answer a write to";
    onNote?.(`Vault has nothing ${what} ${describeAsked(wanted)}. ${LEFT_OUT}`);
  };
}

/**
 * The wrapper receives names of fields and ids of leases, and must never receive
 * a credential.
 *
 * @throws ConfigError before either happens
 */
function refuseCredentials(
  detector: CredentialDetector,
  secrets: ReadonlyMap<string, Secret>,
  leases: readonly LeaseInfo[],
): void {
  const fields = [...secrets.values()].flatMap((s) => Object.keys(s.fields));
  const names = [...fields, ...leases.map(({ id }) => id)];
  if (!names.some((name) => detector.isContainedIn(name))) return;
  throw new ConfigError(
    "A field or lease name in Vault's answer contains the token or login credential (name withheld). Rename the field, or check VAULT_ADDR",
  );
}

/** The token's lifetime, if known: a policy may allow reads but forbid the lookup. */
async function settle({ info }: Login, reads: number): Promise<TokenInfo> {
  try {
    return await info();
  } catch (error) {
    if (reads === 0 || !(error instanceof ConfigError)) throw error;
    return { renewable: false, issuedByLogin: false };
  }
}

/** Revokes what was obtained before a failure. Never throws. */
async function revokeAll(
  settings: VaultSettings,
  login: Login | undefined,
  leases: readonly LeaseInfo[],
  limitMs: number,
): Promise<void> {
  if (login === undefined) return;
  const isOurs = settings.auth.method !== "token";
  const what = { token: isOurs, leases: isOurs ? [] : leases.map((l) => l.id) };
  if (!what.token && what.leases.length === 0) return;
  await revoke(settings, login.token, what, limitMs);
}
