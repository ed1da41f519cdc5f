/** Errors for Vault's refusals: one line each, with the settings to check. */
import { ConfigError, TokenRefusedError } from "@/base/errors.ts";
import type { VaultAnswer } from "./client.ts";
import { member } from "./json.ts";
import { quotePath } from "./path.ts";
import type {
  AuthSettings,
  Credentials,
} from "@/protocol/fetcher/vault_settings.ts";

/** A login that Vault refused. */
export function explainLoginRefusal(
  auth: AuthSettings,
  credentials: Credentials,
  answer: VaultAnswer,
): ConfigError {
  const why = answer.meaning ?? `HTTP ${answer.status}`;
  const role = auth.role === undefined
    ? "VAULT_AUTH_ROLE"
    : `VAULT_AUTH_ROLE (${auth.role})`;
  const checks = [
    `VAULT_AUTH_MOUNT_PATH (${auth.mount})`,
    ...(auth.method === "approle"
      ? listAppRole(auth, credentials)
      : [role, ...CREDENTIAL_SETTINGS[auth.method]]),
  ];
  return new ConfigError(
    `Vault refuses the ${auth.method} login: ${why}; check ${
      checks.join(", ")
    } and VAULT_NAMESPACE`,
  );
}

const CREDENTIAL_SETTINGS = {
  token: [],
  kubernetes: ["VAULT_JWT_FILE"],
  jwt: ["VAULT_JWT_FILE"],
  cert: ["VAULT_CLIENT_CERT"],
} as const;

/** The settings of role id and secret id; without a secret id the missing one. */
function listAppRole(auth: AuthSettings, given: Credentials): string[] {
  const role = auth.roleId === undefined
    ? "VAULT_ROLE_ID_FILE"
    : "VAULT_ROLE_ID";
  return [role, nameSecretId(auth, given)];
}

function nameSecretId(auth: AuthSettings, given: Credentials): string {
  if (given.secretIdWrapped?.trim()) return "VAULT_SECRET_ID_WRAPPED";
  if (auth.secretIdWrappedFile) return "VAULT_SECRET_ID_WRAPPED_FILE";
  if (given.secretIdUnwrapped) return "VAULT_SECRET_ID_WRAPPED";
  return !given.secretId?.trim() && auth.secretIdFile
    ? "VAULT_SECRET_ID_FILE"
    : "VAULT_SECRET_ID";
}

/** A given token that Vault does not accept. */
export function explainTokenRefusal(
  auth: AuthSettings,
  answer: VaultAnswer,
): TokenRefusedError {
  const why = answer.meaning ?? `HTTP ${answer.status}`;
  return new TokenRefusedError(
    `Vault does not accept the token: ${why}; it may have expired, been revoked or belong to another Vault or namespace. ${
      adviseToken(auth)
    }`,
  );
}

function adviseToken({ isUnsealed, tokenFile }: AuthSettings): string {
  if (isUnsealed) {
    return "It came by POST /v1/unseal: bring a new one; if the application runs, restart the container first";
  }
  return tokenFile === undefined
    ? "Set VAULT_TOKEN to a new one and restart the container"
    : "Write a new one to VAULT_TOKEN_FILE, which is read at each attempt";
}

/** The path that was requested, for messages. */
interface Asked {
  readonly path: string;
  readonly version: number | undefined;
  readonly write: string | undefined;
  readonly uses: readonly string[];
}

/** A read or write that Vault refused, or whose response has no fields. */
export function explainReadRefusal(
  wanted: Asked,
  answer: VaultAnswer,
): ConfigError {
  if (wanted.write !== undefined) return explainWriteRefusal(wanted, answer);
  const where = describeAsked(wanted);
  if (answer.status < 300) {
    return new ConfigError(
      `Vault's response for ${where} has no fields: use the path of a secret`,
    );
  }
  const hint = needsData(wanted.path, answer)
    ? "; a KV version 2 mount needs data/ after the mount: secret/data/app"
    : "";
  if (answer.status === 404) {
    return new ConfigError(describeAbsence(wanted, answer) + hint);
  }
  if (answer.status === 403) {
    return new ConfigError(
      `Vault forbids reading ${where}: permission denied; add read on it to the token's policy, or correct the path${hint}`,
    );
  }
  if (answer.status === 405) {
    return new ConfigError(
      `Vault cannot read ${where}: it supports only writes; use a path that can be read, or write with >>vault:`,
    );
  }
  const why = answer.meaning ?? `HTTP ${answer.status}`;
  return new ConfigError(`Vault refuses to read ${where}: ${why}${hint}`);
}

function explainWriteRefusal(wanted: Asked, answer: VaultAnswer): ConfigError {
  const where = describeAsked(wanted);
  if (answer.status < 300) {
    return new ConfigError(
      `Vault's response to writing ${where} has no fields: >>vault: uses the response; read what it writes with a reference without >>`,
    );
  }
  if (answer.status === 403) {
    return new ConfigError(
      `Vault forbids writing ${where}: permission denied; add create and update on it to the token's policy, or correct the path`,
    );
  }
  const why = answer.meaning ?? `HTTP ${answer.status}`;
  return new ConfigError(
    `Vault refuses to write ${where}: ${why}; correct the path or the data after the second # of >>vault:`,
  );
}

/** A path with its version and the variables that need it, for messages. */
export function describeAsked({ path, version, uses }: Asked): string {
  const which = version === undefined ? "" : `version ${version}, `;
  return `${quotePath(path)} (${which}for ${listNames(uses)})`;
}

/** True when the secret exists, but not this version of it any more. */
export function isDeletedVersion(answer: VaultAnswer): boolean {
  return typeof member(metadataOf(answer), "version") === "number";
}

function metadataOf(answer: VaultAnswer): unknown {
  return member(member(answer.body, "data"), "metadata");
}

function describeAbsence(wanted: Asked, answer: VaultAnswer): string {
  const where = describeAsked(wanted);
  if (isDeletedVersion(answer)) {
    const metadata = metadataOf(answer);
    const how = member(metadata, "destroyed") === true
      ? "destroyed"
      : "deleted";
    const version = member(metadata, "version");
    return `Version ${version} of ${where} was ${how} in Vault: write the secret again, or use another version`;
  }
  const why = answer.meaning === undefined ? "" : `: ${answer.meaning}`;
  const what = wanted.version === undefined
    ? "the path"
    : "the path or the version";
  const hint = wanted.path.includes("/data/")
    ? " (on a KV version 1 mount without data/)"
    : "";
  return `Vault has nothing at ${where}${why}; correct ${what}${hint}, or check VAULT_NAMESPACE`;
}

/** True when the path has the form of KV version 1, but the mount may be version 2. */
function needsData(path: string, answer: VaultAnswer): boolean {
  const warnings = member(answer.body, "warnings");
  const saysSo = Array.isArray(warnings) &&
    warnings.some((w) => /versioned K\/V/i.test(String(w)));
  return saysSo || (answer.status === 403 && !path.includes("/data/"));
}

/** Names for a message: at most ten, each of bounded length. */
export function listNames(names: readonly string[]): string {
  const shown = names.slice(0, 10).map((n) =>
    /^[\w.-]{1,60}$/.test(n) ? n : JSON.stringify(n.slice(0, 60))
  );
  const more = names.length - shown.length;
  return shown.join(", ") + (more > 0 ? ` and ${more} more` : "");
}
