/** Settings for Vault, under Vault's own names, as data. Each has a BAO_ twin. */
import { type Setting, settingsUnder } from "./setting.ts";

/** Ways to log in. */
export const AUTH_METHODS = [
  "kubernetes",
  "token",
  "approle",
  "jwt",
  "cert",
] as const;

const vault = settingsUnder("VAULT_");

/** In the order of README and help. */
export const VAULT_SETTINGS: readonly Setting[] = [
  vault(
    "ADDR",
    "text",
    "",
    "Vault's or OpenBao's address: https://vault.example.com:8200",
  ),
  vault(
    "AUTH_METHOD",
    "choice",
    "",
    "kubernetes, token, approle, jwt or cert (unset: token when there is one, else kubernetes)",
    AUTH_METHODS,
  ),
  vault("AUTH_ROLE", "text", "", "role to log in with (kubernetes, jwt, cert)"),
  vault(
    "AUTH_MOUNT_PATH",
    "text",
    "",
    "where the method is mounted (unset: auth/METHOD)",
  ),
  vault(
    "TOKEN",
    "secret",
    "",
    "token; wiped from the environment at once. VAULT_TOKEN=vault:login or BAO_TOKEN=bao:login: the application gets the login's token under that name",
  ),
  vault("TOKEN_FILE", "text", "", "file that holds the token"),
  vault(
    "JWT_FILE",
    "text",
    "/var/run/secrets/kubernetes.io/serviceaccount/token",
    "file that holds the JWT (kubernetes, jwt), read at every login",
  ),
  vault("ROLE_ID", "text", "", "approle's role id"),
  vault("ROLE_ID_FILE", "text", "", "file with the role id"),
  vault(
    "SECRET_ID",
    "secret",
    "",
    "approle's secret id; wiped from the environment at once",
  ),
  vault("SECRET_ID_FILE", "text", "", "file with the secret id"),
  vault(
    "SECRET_ID_WRAPPED",
    "secret",
    "",
    "response-wrapping token of the secret id; unwrapped once, wiped at once",
  ),
  vault("SECRET_ID_WRAPPED_FILE", "text", "", "file with that wrapping token"),
  vault("NAMESPACE", "text", "", "namespace"),
  vault(
    "CACERT",
    "text",
    "",
    "file with the CA certificates that are trusted, and no others",
  ),
  vault("CAPATH", "text", "", "folder of such files"),
  vault("CLIENT_CERT", "text", "", "client certificate, PEM (mTLS, cert auth)"),
  vault("CLIENT_KEY", "text", "", "its key, PEM"),
  vault(
    "TLS_SERVER_NAME",
    "text",
    "",
    "name that the server's certificate must have",
  ),
  vault(
    "SKIP_VERIFY",
    "boolean",
    "false",
    "do not verify the server's certificate (development only)",
  ),
  vault("CLIENT_TIMEOUT", "duration", "10s", "limit of one request"),
  vault(
    "MAX_RETRIES",
    "count",
    "",
    "at most so many further tries of a request (unset: until the deadline)",
  ),
];
