/**
 * Login: the request of each method, and the token in the response. See
 * `refusal.ts` for refused logins and `lease.ts` for renewal.
 */
import type { TokenInfo } from "@/protocol/fetcher/messages.ts";
import { ConfigError } from "@/base/errors.ts";
import type {
  VaultAnswer,
  VaultClient,
} from "@/fetcher/vault/client/client.ts";
import { isObject, member } from "@/fetcher/vault/client/json.ts";
import { encodePath } from "@/fetcher/vault/client/path.ts";
import {
  explainLoginRefusal,
  explainTokenRefusal,
} from "@/fetcher/vault/client/refusal.ts";
import { readCredential } from "@/fetcher/vault/files/setting_file.ts";
import {
  type AuthSettings,
  type Credentials,
  MISSING,
  SERVICE_ACCOUNT_JWT,
} from "@/protocol/fetcher/vault_settings.ts";

/** The result of a login. */
export interface Login {
  readonly token: string;
  /** Looks it up once. Rejects with ConfigError when Vault does not know the token. */
  readonly info: () => Promise<TokenInfo>;
}

/**
 * Returns a token. One from the settings is in use before it is looked up: after
 * the reads a connection is idle, and another one takes 1 ms of processor time.
 *
 * @throws ConfigError when something is missing or refused, VaultUnavailableError
 */
export async function logIn(
  client: VaultClient,
  auth: AuthSettings,
  credentials: Credentials,
): Promise<Login> {
  if (auth.method === "token") {
    const token = readToken(auth, credentials);
    let info: Promise<TokenInfo> | undefined;
    // VAULT_TOKEN wins over VAULT_TOKEN_FILE.
    const { tokenFile: _unused, ...alone } = auth;
    const used = credentials.token?.trim() ? alone : auth;
    return { token, info: () => info ??= lookUp(client, used, token) };
  }
  const body = makeLoginBody(auth, credentials);
  const mount = encodePath(auth.mount, "VAULT_AUTH_MOUNT_PATH");
  const path = `${mount}/login`;
  const answer = await client.ask({ method: "POST", path, body });
  return parseLogin(auth, credentials, answer);
}

function readToken(auth: AuthSettings, credentials: Credentials): string {
  const { tokenFile } = auth;
  const given = credentials.token?.trim();
  const setting = given ? "VAULT_TOKEN" : "VAULT_TOKEN_FILE";
  const token = given
    ? given
    : tokenFile === undefined
    ? ""
    : readCredential("VAULT_TOKEN_FILE", tokenFile);
  if (token === "") {
    throw new ConfigError(MISSING.token);
  }
  if (isToken(token)) return token;
  throw new ConfigError(
    `Invalid token in ${setting}: it contains whitespace or control characters; set the token alone`,
  );
}

/** True for a valid header value without blanks. */
export function isToken(text: string): boolean {
  return /^[\x21-\x7e]+$/.test(text);
}

function makeLoginBody(
  auth: AuthSettings,
  credentials: Credentials,
): Record<string, string> {
  switch (auth.method) {
    case "kubernetes":
    case "jwt":
      return makeJwtBody(auth, credentials);
    case "approle":
      return makeAppRoleBody(auth, credentials);
    case "cert":
      return auth.role === undefined ? {} : { name: auth.role };
    case "token":
      throw new TypeError("a token needs no login");
    default:
      return auth.method satisfies never;
  }
}

/** Reads the projected token at each login, because the kubelet replaces it. */
function makeJwtBody(
  auth: AuthSettings,
  { jwt }: Credentials,
): Record<string, string> {
  const { method, role } = auth;
  if (role === undefined) throw new ConfigError(MISSING.role(method));
  const text = jwt?.trim() ||
    readCredential("VAULT_JWT_FILE", auth.jwtFile ?? SERVICE_ACCOUNT_JWT);
  return { jwt: text, role };
}

/** @throws ConfigError when there is none */
export function readRoleId({ roleId, roleIdFile }: AuthSettings): string {
  if (roleId !== undefined) return roleId;
  if (roleIdFile !== undefined) {
    return readCredential("VAULT_ROLE_ID_FILE", roleIdFile);
  }
  throw new ConfigError(MISSING.roleId);
}

function makeAppRoleBody(
  auth: AuthSettings,
  credentials: Credentials,
): Record<string, string> {
  const role = readRoleId(auth);
  const { secretIdFile } = auth;
  const secret = credentials.secretId?.trim() ||
    (secretIdFile === undefined
      ? undefined
      : readCredential("VAULT_SECRET_ID_FILE", secretIdFile));
  return secret === undefined
    ? { role_id: role }
    : { role_id: role, secret_id: secret };
}

function parseLogin(
  auth: AuthSettings,
  credentials: Credentials,
  answer: VaultAnswer,
): Login {
  if (answer.status >= 300) {
    throw explainLoginRefusal(auth, credentials, answer);
  }
  const granted = member(answer.body, "auth");
  const token = member(granted, "client_token");
  if (typeof token !== "string" || !isToken(token)) {
    const wantsMore = isObject(member(granted, "mfa_requirement"));
    throw new ConfigError(
      wantsMore
        ? `VAULT_AUTH_MOUNT_PATH ${auth.mount} requires a second factor, which a container does not have: use a role without MFA`
        : `The login at VAULT_AUTH_MOUNT_PATH ${auth.mount} returned no token: check that an auth method is mounted there`,
    );
  }
  const info = {
    ...parseDuration(granted),
    renewable: member(granted, "renewable") === true,
    issuedByLogin: true,
  };
  return { token, info: () => Promise.resolve(info) };
}

/** Looks up a token's lifetime, which its policy may forbid. */
async function lookUp(
  client: VaultClient,
  auth: AuthSettings,
  token: string,
): Promise<TokenInfo> {
  const answer = await client.ask({
    method: "GET",
    path: "auth/token/lookup-self",
    token,
  });
  if (answer.status >= 300) throw explainTokenRefusal(auth, answer);
  const data = member(answer.body, "data");
  // In its last second a token's TTL is 0, like a root token's.
  const expires = typeof member(data, "expire_time") === "string";
  const ttlSeconds = parseTtl(member(data, "ttl"));
  return {
    ...((expires || ttlSeconds > 0) && { ttlSeconds }),
    renewable: member(data, "renewable") === true,
    issuedByLogin: false,
  };
}

/** The TTL of a grant; a duration of 0 does not expire. */
export function parseDuration(grant: unknown): { ttlSeconds?: number } {
  const ttlSeconds = parseTtl(member(grant, "lease_duration"));
  return ttlSeconds > 0 ? { ttlSeconds } : {};
}

/** A TTL from a response; 0 for anything else. */
export function parseTtl(value: unknown): number {
  return typeof value === "number" && Number.isFinite(value) && value > 0
    ? Math.floor(value)
    : 0;
}
