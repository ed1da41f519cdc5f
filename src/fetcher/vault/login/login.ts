/**
 * Logging in: what each method sends, and the token that comes back. What a
 * refusal means is in `refusal.ts`; keeping a token alive is in `lease.ts`.
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
import type {
  AuthSettings,
  Credentials,
} from "@/protocol/fetcher/vault_settings.ts";

/** What a login has brought. */
export interface Login {
  readonly token: string;
  /** Rejects with ConfigError when Vault does not know the token. */
  readonly info: Promise<TokenInfo>;
}

const KUBERNETES_JWT = "/var/run/secrets/kubernetes.io/serviceaccount/token";

/**
 * Gets a token. A token that was given is looked up while it is already used:
 * `info` settles later.
 *
 * @throws ConfigError when something is missing or refused, VaultUnavailableError
 */
export async function logIn(
  client: VaultClient,
  auth: AuthSettings,
  credentials: Credentials,
): Promise<Login> {
  if (auth.method === "token") {
    const token = takeToken(auth, credentials);
    const info = lookUp(client, auth, token);
    // Whoever awaits it hears of a failure; until then it is not unhandled.
    info.catch(() => {});
    return { token, info };
  }
  const body = makeLoginBody(auth, credentials);
  const mount = encodePath(auth.mount, "VAULT_AUTH_MOUNT_PATH");
  const path = `${mount}/login`;
  const answer = await client.ask({ method: "POST", path, body });
  return takeLogin(auth, credentials, answer);
}

function takeToken(
  auth: AuthSettings,
  credentials: Credentials,
): string {
  const { tokenFile } = auth;
  const given = credentials.token?.trim();
  const setting = given ? "VAULT_TOKEN" : "VAULT_TOKEN_FILE";
  const token = given
    ? given
    : tokenFile === undefined
    ? ""
    : readCredential("VAULT_TOKEN_FILE", tokenFile);
  if (token === "") {
    throw new ConfigError(
      "VAULT_AUTH_METHOD is token, but no token is set: set VAULT_TOKEN_FILE or VAULT_TOKEN",
    );
  }
  if (isToken(token)) return token;
  throw new ConfigError(
    `${setting} holds a character that no token has: give the token alone`,
  );
}

/** True for what can stand in a header. */
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

/** The projected token is read at each login: the kubelet replaces it every hour. */
function makeJwtBody(
  auth: AuthSettings,
  { jwt }: Credentials,
): Record<string, string> {
  if (auth.role === undefined && auth.method === "kubernetes") {
    throw new ConfigError(
      "VAULT_AUTH_ROLE is not set: kubernetes auth needs the name of a role",
    );
  }
  const text = jwt?.trim() ||
    readCredential("VAULT_JWT_FILE", auth.jwtFile ?? KUBERNETES_JWT);
  return auth.role === undefined
    ? { jwt: text }
    : { jwt: text, role: auth.role };
}

/** @throws ConfigError when there is none */
export function readRoleId({ roleId, roleIdFile }: AuthSettings): string {
  if (roleId !== undefined) return roleId;
  if (roleIdFile !== undefined) {
    return readCredential("VAULT_ROLE_ID_FILE", roleIdFile);
  }
  throw new ConfigError(
    "VAULT_ROLE_ID is not set: approle auth needs it, or VAULT_ROLE_ID_FILE",
  );
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

function takeLogin(
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
        ? `VAULT_AUTH_MOUNT_PATH ${auth.mount} asks for a second factor, which a container cannot give: use a role without`
        : `VAULT_AUTH_MOUNT_PATH ${auth.mount} answers the login without a token: see whether it is an auth method's mount`,
    );
  }
  const info = {
    ttlSeconds: takeSeconds(member(granted, "lease_duration")),
    renewable: member(granted, "renewable") === true,
    ours: true,
  };
  return { token, info: Promise.resolve(info) };
}

/** A policy may forbid a token to look itself up: then nothing is known of its life. */
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
  return {
    ttlSeconds: takeSeconds(member(data, "ttl")),
    renewable: member(data, "renewable") === true,
    ours: false,
  };
}

/** A time to live from an answer; 0 for what is none. */
export function takeSeconds(value: unknown): number {
  return typeof value === "number" && Number.isFinite(value) && value > 0
    ? Math.floor(value)
    : 0;
}
