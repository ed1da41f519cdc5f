/**
 * Settings for reaching Vault and logging in, read only when a secret is requested;
 * and whether the wrapper starts without a token and waits for one.
 */
import {
  AUTH_METHODS,
  MISSING,
  type VaultSettings,
} from "@/protocol/fetcher/vault_settings.ts";
import { quote, type SettingReader } from "./reader.ts";
import { VAULT_SETTINGS } from "./vault_settings.ts";

type Auth = VaultSettings["auth"];
type Mutable<T> = { -readonly [K in keyof T]: T[K] };

/** Optional text settings, by field. */
const PLAIN = {
  namespace: "VAULT_NAMESPACE",
  caCert: "VAULT_CACERT",
  caPath: "VAULT_CAPATH",
  clientCert: "VAULT_CLIENT_CERT",
  clientKey: "VAULT_CLIENT_KEY",
  tlsServerName: "VAULT_TLS_SERVER_NAME",
} as const;

const AUTH_PLAIN = {
  role: "VAULT_AUTH_ROLE",
  tokenFile: "VAULT_TOKEN_FILE",
  roleId: "VAULT_ROLE_ID",
  roleIdFile: "VAULT_ROLE_ID_FILE",
  secretIdFile: "VAULT_SECRET_ID_FILE",
  secretIdWrappedFile: "VAULT_SECRET_ID_WRAPPED_FILE",
} as const;

/** Whether there is a token now, or one will arrive by unseal. */
interface TokenGiven {
  readonly token: boolean;
  readonly isAwaited: boolean;
  /** Names of secret settings that are set. */
  readonly secrets: ReadonlySet<string>;
}

/** Whether a token is set. `secrets`: names of secret settings that are set. */
export function isTokenGiven(
  reader: SettingReader,
  secrets: ReadonlySet<string>,
): boolean {
  return secrets.has("VAULT_TOKEN") ||
    reader.given("VAULT_TOKEN_FILE") !== undefined;
}

/** Reads the settings for Vault; mistakes are added to `reader.problems`. */
export function readVault(
  reader: SettingReader,
  given: TokenGiven,
): VaultSettings {
  reader.refuseConflicts(VAULT_SETTINGS);
  // A blank value would make the wrapper trust public authorities instead.
  reader.refuseBlank(["VAULT_CACERT", "VAULT_CAPATH"]);
  const settings: Mutable<VaultSettings> = {
    address: readAddress(reader),
    skipVerify: reader.boolean("VAULT_SKIP_VERIFY"),
    requestTimeoutMs: reader.duration("VAULT_CLIENT_TIMEOUT") ?? 10_000,
    deadlineMs: reader.duration("CLOUDTASER_VAULT_DEADLINE") ?? 60_000,
    auth: readAuth(reader, given),
  };
  const retries = reader.count("VAULT_MAX_RETRIES", { min: 0, max: 1000 });
  if (retries !== undefined) settings.maxRetries = retries;
  for (const [field, name] of Object.entries(PLAIN)) {
    const value = reader.given(name);
    if (value !== undefined) settings[field as keyof typeof PLAIN] = value;
  }
  if (!isHeaderValue(settings.namespace ?? "")) {
    reader.problem(
      "VAULT_NAMESPACE contains a character that HTTP headers do not allow: use a namespace such as team/app",
    );
  }
  if (
    (settings.clientCert === undefined) !== (settings.clientKey === undefined)
  ) {
    reader.problem(
      "Only one of VAULT_CLIENT_CERT and VAULT_CLIENT_KEY is set: set both",
    );
  }
  return settings;
}

/** True for a valid header value: one line of Latin-1. */
function isHeaderValue(text: string): boolean {
  return /^[\x20-\x7e\xa0-\xff]*$/.test(text);
}

/** A path of the API or of the web interface; a proxy may serve Vault below any other path. */
const PAGE = /^\/(?:ui|v1)(?:\/.*)?$|\/v1\/?$/;

function readAddress(reader: SettingReader): string {
  const text = reader.given("VAULT_ADDR")?.trim();
  if (text === undefined) {
    reader.problem(
      "VAULT_ADDR is not set, but secrets are requested: set it to https://HOST:PORT",
    );
    return "";
  }
  if (text.startsWith("unix:///")) return text;
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (
    url && /^https?:$/.test(url.protocol) && url.username === "" &&
    url.password === "" && url.search === "" && url.hash === ""
  ) {
    const [page] = PAGE.exec(url.pathname) ?? [];
    if (page !== undefined) {
      reader.problem(
        `VAULT_ADDR is ${
          quote(text)
        }: remove ${page}, the address alone is needed: https://HOST:PORT`,
      );
    }
    return text.replace(/\/+$/, "");
  }
  // Do not quote an address that may contain a password or a key.
  const [mark] = /[@?]/.exec(text) ?? [];
  const shown = mark ? `a value that contains ${mark}` : quote(text);
  reader.problem(`VAULT_ADDR is ${shown}: use https://HOST:PORT`);
  return "";
}

function readAuth(reader: SettingReader, given: TokenGiven): Auth {
  const tokenGiven = given.token || given.isAwaited;
  const method = reader.choice("VAULT_AUTH_METHOD", AUTH_METHODS) ??
    (tokenGiven ? "token" : "kubernetes");
  const mount = (reader.given("VAULT_AUTH_MOUNT_PATH") ?? method).replace(
    /^\/+|\/+$/g,
    "",
  );
  const auth: Mutable<Auth> = {
    method,
    mount: mount.startsWith("auth/") ? mount : `auth/${mount}`,
    jwtFile: reader.text("VAULT_JWT_FILE"),
    ...(given.isAwaited && { isUnsealed: true }),
  };
  for (const [field, name] of Object.entries(AUTH_PLAIN)) {
    const value = reader.given(name);
    if (value !== undefined) auth[field as keyof typeof AUTH_PLAIN] = value;
  }
  const appRole = nameAppRole(auth, given.secrets);
  const isAssumed = reader.given("VAULT_AUTH_METHOD") === undefined;
  if (appRole !== undefined && isAssumed && !tokenGiven && !auth.role) {
    reader.problem(
      `${appRole} is set, but VAULT_AUTH_METHOD is not: set VAULT_AUTH_METHOD=approle`,
    );
    return auth;
  }
  refuseIncomplete(reader, auth, tokenGiven);
  refuseMixedSecretIds(reader, auth, given.secrets);
  return auth;
}

/** The first setting of AppRole that is set. */
function nameAppRole(
  auth: Auth,
  secrets: ReadonlySet<string>,
): string | undefined {
  if (auth.roleId) return "VAULT_ROLE_ID";
  if (auth.roleIdFile) return "VAULT_ROLE_ID_FILE";
  const [first] = listSecretIds(auth, secrets);
  return first;
}

function listSecretIds(auth: Auth, secrets: ReadonlySet<string>): string[] {
  const sources: [string, boolean][] = [
    ["VAULT_SECRET_ID", secrets.has("VAULT_SECRET_ID")],
    ["VAULT_SECRET_ID_FILE", !!auth.secretIdFile],
    ["VAULT_SECRET_ID_WRAPPED", secrets.has("VAULT_SECRET_ID_WRAPPED")],
    ["VAULT_SECRET_ID_WRAPPED_FILE", !!auth.secretIdWrappedFile],
  ];
  return sources.flatMap(([name, isGiven]) => isGiven ? [name] : []);
}

function refuseIncomplete(
  reader: SettingReader,
  auth: Auth,
  tokenGiven: boolean,
): void {
  if (auth.method === "token" && !tokenGiven) {
    reader.problem(MISSING.token);
  }
  if ((auth.method === "kubernetes" || auth.method === "jwt") && !auth.role) {
    reader.problem(
      reader.given("VAULT_AUTH_METHOD") === undefined
        ? "No token is set, so kubernetes auth is assumed, which needs a role: set VAULT_AUTH_ROLE or VAULT_TOKEN_FILE"
        : MISSING.role(auth.method),
    );
  }
  if (auth.method === "approle" && !auth.roleId && !auth.roleIdFile) {
    reader.problem(MISSING.roleId);
  }
}

/** A wrapping token that is never used would hide its theft. */
function refuseMixedSecretIds(
  reader: SettingReader,
  auth: Auth,
  secrets: ReadonlySet<string>,
): void {
  const given = listSecretIds(auth, secrets);
  const [wrapped] = given.filter((name) => name.includes("WRAPPED"));
  if (wrapped === undefined) return;
  if (auth.method !== "approle") {
    reader.problem(
      `${wrapped} is set, but the auth method is ${auth.method}: set VAULT_AUTH_METHOD=approle`,
    );
  }
  if (given.length > 1) {
    reader.problem(`${given.join(" and ")} are set: set one of them`);
  }
}

/** Where a token is accepted from: loopback is `kubectl port-forward` and containers of the pod. */
export type SealedFrom = "loopback" | "any";

const SEALED_CHOICES = ["off", "loopback", "any"] as const;

/**
 * Reads CLOUDTASER_SEALED; undefined: not sealed, or a token is already set.
 */
export function readSealed(
  reader: SettingReader,
  given: { readonly token: boolean; readonly wantsSecrets: boolean },
): SealedFrom | undefined {
  const from = reader.choice("CLOUDTASER_SEALED", SEALED_CHOICES) ?? "off";
  if (from === "off") return undefined;
  const method = reader.given("VAULT_AUTH_METHOD")?.trim().toLowerCase();
  if (method !== undefined && method !== "token") {
    reader.problem(
      `CLOUDTASER_SEALED waits for a token, but VAULT_AUTH_METHOD is ${method}: unset one of them`,
    );
  }
  if (reader.text("CLOUDTASER_LISTEN").trim() === "off") {
    reader.problem(
      "CLOUDTASER_SEALED needs the status server, but CLOUDTASER_LISTEN is off: set an address",
    );
  }
  if (!given.wantsSecrets) {
    reader.problem(
      "CLOUDTASER_SEALED waits for a token, but no secret is requested: set CLOUDTASER_SECRET_PATHS or a reference, or unset it",
    );
  }
  return given.token ? undefined : from;
}
