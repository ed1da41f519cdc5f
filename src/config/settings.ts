/**
 * Every setting, as data: its variable, its kind, its default, its meaning.
 * `--help`, the README's table and the loader are made from this one table.
 */

/** How a value is read. `secret` values are never decoded and have no flag. */
export type SettingKind =
  | "text"
  | "secret"
  | "boolean"
  | "count"
  | "duration"
  | "choice"
  | "list";

export interface Setting {
  /** Environment variable. The flag is made from it, see {@link flagOf}. */
  readonly name: string;
  readonly kind: SettingKind;
  /** As the operator would write it; "" when there is none. */
  readonly fallback: string;
  readonly choices?: readonly string[];
  readonly help: string;
}

function vault(
  name: string,
  kind: SettingKind,
  fallback: string,
  help: string,
  choices?: readonly string[],
): Setting {
  return { name: `VAULT_${name}`, kind, fallback, help, ...(choices && { choices }) };
}

function ours(
  name: string,
  kind: SettingKind,
  fallback: string,
  help: string,
  choices?: readonly string[],
): Setting {
  return {
    name: `CLOUDTASER_${name}`,
    kind,
    fallback,
    help,
    ...(choices && { choices }),
  };
}

export const AUTH_METHODS = ["kubernetes", "token", "approle", "jwt", "cert"] as const;

/** The whole table, in the order in which it is shown. Each VAULT_ name has a BAO_ twin that wins. */
export const SETTINGS: readonly Setting[] = [
  ours("MIN_PROTECTION_SCORE", "count", "0", "do not start the application below this score (0-75)"),
  ours("REQUIRE_CHECKS", "list", "", "checks that must pass, whatever the score: memfd_secret,ebpf_connected,…"),
  ours("SECRET_PATHS", "list", "", "paths to read, comma separated: secret/data/app,database/creds/app"),
  ours("ENV_MAP", "text", "", "field=VARIABLE pairs; `;` between paths, in their order (unset: every field under its own name)"),
  ours("ORIGINAL_CMD", "text", "", "the application's command line, when none is given as arguments (words or a JSON array; no shell)"),
  ours("ON_ROTATE", "text", "none", "when a value has changed: none, signal:NAME or restart"),
  ours("REFRESH_INTERVAL", "duration", "off", "read the secrets again this often, to see changes"),
  ours("ON_DEGRADE", "choice", "warn", "when the score falls below the minimum later: warn or terminate", ["warn", "terminate"]),
  ours("SCORE_INTERVAL", "duration", "30s", "prove the protections again this often"),
  ours("STOP_GRACE", "duration", "25s", "from the first TERM, INT or QUIT to KILL (off: never)"),
  ours("KILL_GROUP", "boolean", "false", "forward signals to the application's whole process group"),
  ours("PASSTHROUGH", "list", "", "VAULT_, BAO_ and CLOUDTASER_ variables that the application shall see"),
  ours("VAULT_DEADLINE", "duration", "60s", "total time to get the secrets while Vault is down, sealed or busy"),
  ours("LISTEN", "text", "0.0.0.0:8199", "address of /metrics, /healthz, /readyz and /v1/status, or off"),
  ours("AGENT_SOCKET", "text", "/run/cloudtaser/agent.sock", "the node agent's socket"),
  ours("LOG_LEVEL", "choice", "info", "debug, info, warning or error", ["debug", "info", "warning", "error"]),
  ours("LOG_FORMAT", "choice", "text", "text or json, on standard error", ["text", "json"]),
  vault("ADDR", "text", "", "Vault's or OpenBao's address: https://vault.example.com:8200"),
  vault("AUTH_METHOD", "choice", "", "kubernetes, token, approle, jwt or cert (unset: token when there is one, else kubernetes)", AUTH_METHODS),
  vault("AUTH_ROLE", "text", "", "role to log in with (kubernetes, jwt, cert)"),
  vault("AUTH_MOUNT_PATH", "text", "", "where the method is mounted (unset: auth/METHOD)"),
  vault("TOKEN", "secret", "", "token; wiped from the environment at once. VAULT_TOKEN=vault:login hands the login's token to the application"),
  vault("TOKEN_FILE", "text", "", "file that holds the token"),
  vault("JWT_FILE", "text", "/var/run/secrets/kubernetes.io/serviceaccount/token", "file that holds the JWT (kubernetes, jwt), read at every login"),
  vault("ROLE_ID", "text", "", "approle's role id"),
  vault("ROLE_ID_FILE", "text", "", "file that holds it"),
  vault("SECRET_ID", "secret", "", "approle's secret id; wiped from the environment at once"),
  vault("SECRET_ID_FILE", "text", "", "file that holds it"),
  vault("NAMESPACE", "text", "", "namespace"),
  vault("CACERT", "text", "", "file with the CA certificates that are trusted, and no others"),
  vault("CAPATH", "text", "", "folder of such files"),
  vault("CLIENT_CERT", "text", "", "client certificate, PEM (mTLS, cert auth)"),
  vault("CLIENT_KEY", "text", "", "its key, PEM"),
  vault("TLS_SERVER_NAME", "text", "", "name that the server's certificate must have"),
  vault("SKIP_VERIFY", "boolean", "false", "do not verify the server's certificate (development only)"),
  vault("CLIENT_TIMEOUT", "duration", "10s", "limit of one request"),
  vault("MAX_RETRIES", "count", "", "at most so many further tries of a request (unset: until the deadline)"),
];

/** `--min-protection-score` for CLOUDTASER_MIN_PROTECTION_SCORE, `--vault-addr` for VAULT_ADDR. */
export function flagOf(setting: Setting): string {
  const bare = setting.name.replace(/^CLOUDTASER_/, "");
  return bare.toLowerCase().replaceAll("_", "-");
}

/** The names under which a setting is looked up, the first that is set wins. */
export function namesOf(setting: Setting): string[] {
  return setting.name.startsWith("VAULT_")
    ? [setting.name.replace(/^VAULT_/, "BAO_"), setting.name]
    : [setting.name];
}
