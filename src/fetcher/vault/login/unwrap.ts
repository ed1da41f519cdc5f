/**
 * Unwraps a secret id from a response-wrapping token. Vault unwraps a token only
 * once, so this detects whether another client unwrapped it before.
 */
import { ConfigError, WrapperError } from "@/base/errors.ts";
import { renderDuration } from "@/base/duration.ts";
import { isToken, parseTtl, readRoleId } from "./login.ts";
import type {
  VaultAnswer,
  VaultClient,
} from "@/fetcher/vault/client/client.ts";
import { member } from "@/fetcher/vault/client/json.ts";
import { readCredential } from "@/fetcher/vault/files/setting_file.ts";
import type {
  AuthSettings,
  Credentials,
} from "@/protocol/fetcher/vault_settings.ts";

/** A secret id, and whether this fetch unwrapped it. */
export interface Unwrapped {
  readonly secretId: string;
  readonly isNew: boolean;
}

interface Wrapping {
  readonly setting: string;
  readonly token: string;
}

/**
 * Unwraps the secret id, unless an earlier fetch did; undefined: none is wrapped.
 *
 * @param onNote receives a warning when the secret id is limited
 * @throws ConfigError when it cannot be unwrapped: another client may have it
 */
export async function unwrapSecretId(
  client: VaultClient,
  auth: AuthSettings,
  credentials: Credentials,
  onNote?: (text: string) => void,
): Promise<Unwrapped | undefined> {
  const { secretIdUnwrapped } = credentials;
  if (secretIdUnwrapped !== undefined) {
    return { secretId: secretIdUnwrapped, isNew: false };
  }
  const wrapping = findWrapping(auth, credentials);
  if (wrapping === undefined) return undefined;
  // Report mistakes in other settings before the token's only use.
  readRoleId(auth);
  await checkOrigin(client, auth, wrapping);
  const data = await unwrap(client, auth, wrapping);
  const secretId = member(data, "secret_id");
  if (typeof secretId !== "string" || secretId === "") {
    throw new ConfigError(
      `${wrapping.setting} was unwrapped, but contains no secret id: wrap the response of ${auth.mount}/role/ROLE/secret-id`,
    );
  }
  noteLimits(wrapping, data, onNote);
  return { secretId, isNew: true };
}

/** Adds to an error after the unwrapping that the next start needs a new token. */
export function addSpentHint(error: unknown): unknown {
  if (!(error instanceof WrapperError)) return error;
  return new WrapperError(
    `${error.message}; the wrapped secret id is used up: the next start needs a new VAULT_SECRET_ID_WRAPPED`,
    error.exitCode,
    { cause: error },
  );
}

function findWrapping(
  { method, secretIdWrappedFile }: AuthSettings,
  { secretIdWrapped }: Credentials,
): Wrapping | undefined {
  if (method !== "approle") return undefined;
  const given = secretIdWrapped?.trim();
  const setting = given
    ? "VAULT_SECRET_ID_WRAPPED"
    : "VAULT_SECRET_ID_WRAPPED_FILE";
  const token = given ||
    (secretIdWrappedFile && readCredential(setting, secretIdWrappedFile));
  if (!token) return undefined;
  if (isToken(token)) return { setting, token };
  throw new ConfigError(
    `Invalid token in ${setting}: it contains whitespace or control characters; set the wrapping token alone`,
  );
}

/**
 * A thief can wrap the secret id again, but not with this creation_path, where
 * Vault generates the secret id. custom-secret-id accepts a stolen one.
 */
async function checkOrigin(
  client: VaultClient,
  { mount }: AuthSettings,
  { setting, token }: Wrapping,
): Promise<void> {
  const path = "sys/wrapping/lookup";
  const answer = await client.ask({ method: "POST", path, body: { token } });
  if (answer.status >= 300) {
    const alarm =
      `${setting} cannot be unwrapped: it was used before, has expired, or belongs to another Vault. Unless an earlier start of this container used it, another client may have the secret id`;
    throw explainUnwrapFailure(answer, setting, mount, alarm);
  }
  const origin = member(member(answer.body, "data"), "creation_path");
  const isOurs = typeof origin === "string" && origin.startsWith(`${mount}/`) &&
    /^role\/[^/]+\/secret-id$/.test(origin.slice(mount.length + 1));
  if (isOurs) return;
  throw new ConfigError(
    `ALARM: ${setting} was not made by ${mount}/role/ROLE/secret-id: another client may have unwrapped the secret id and wrapped it again; ${
      remedy(mount)
    }, or correct VAULT_AUTH_MOUNT_PATH`,
  );
}

async function unwrap(
  client: VaultClient,
  { mount }: AuthSettings,
  { setting, token }: Wrapping,
): Promise<unknown> {
  const path = "sys/wrapping/unwrap";
  const answer = await client.ask({ method: "POST", path, token, body: {} });
  if (answer.status < 300) return member(answer.body, "data");
  const alarm =
    `${setting} was used between our lookup and our unwrap, by another client or by a retry of this fetcher. Unless Vault's audit log shows a retry, another client may have the secret id`;
  throw explainUnwrapFailure(answer, setting, mount, alarm);
}

/** Vault responds 400 to a token that was used, has expired or never existed. */
function explainUnwrapFailure(
  { status, meaning }: VaultAnswer,
  setting: string,
  mount: string,
  alarm: string,
): ConfigError {
  if (status !== 400) {
    const why = meaning ?? `HTTP ${status}`;
    return new ConfigError(
      `Vault refuses to unwrap ${setting}: ${why}; check VAULT_NAMESPACE and any proxy in front of Vault`,
    );
  }
  return new ConfigError(`ALARM: ${alarm}: ${remedy(mount)}`);
}

function remedy(mount: string): string {
  return `destroy the secret id (${mount}/role/ROLE/secret-id-accessor/destroy), find sys/wrapping/unwrap in Vault's audit log, and wrap a new one`;
}

function noteLimits(
  { setting }: Wrapping,
  data: unknown,
  onNote?: (text: string) => void,
): void {
  const uses = parseTtl(member(data, "secret_id_num_uses"));
  const seconds = parseTtl(member(data, "secret_id_ttl"));
  const limits = [
    ...(uses > 0 ? [`allows ${uses} ${uses === 1 ? "login" : "logins"}`] : []),
    ...(seconds > 0 ? [`expires in ${renderDuration(seconds * 1000)}`] : []),
  ];
  if (limits.length === 0) return;
  onNote?.(
    `${setting}: secret id ${
      limits.join(" and ")
    }; the wrapper cannot log in again after that: use a periodic token, or raise secret_id_num_uses and secret_id_ttl of the role`,
  );
}
