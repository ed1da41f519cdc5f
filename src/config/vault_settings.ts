/** The table of VAULT_ settings, with Vault's own names. Each has a BAO_ alias. */
import {
  AUTH_METHODS,
  SERVICE_ACCOUNT_JWT,
} from "@/protocol/fetcher/vault_settings.ts";
import { type Setting, settingsUnder } from "./setting.ts";

const vault = settingsUnder("VAULT_");

/** In the order of docs/CONFIGURATION.md and --help. */
export const VAULT_SETTINGS: readonly Setting[] = [
  vault(
    "ADDR",
    "text",
    "",
    "address of Vault or OpenBao: https://vault.example.com:8200",
  ),
  vault(
    "AUTH_METHOD",
    "choice",
    "",
    "kubernetes, token, approle, jwt or cert (unset: token if one is set, else kubernetes)",
    AUTH_METHODS,
  ),
  vault("AUTH_ROLE", "text", "", "role to log in with (kubernetes, jwt, cert)"),
  vault(
    "AUTH_MOUNT_PATH",
    "text",
    "",
    "mount path of the auth method (unset: auth/METHOD)",
  ),
  vault(
    "TOKEN",
    "secret",
    "",
    "token; wiped from the environment at the start. Set to vault:login (BAO_TOKEN: bao:login) to pass the token of the login to the application in this variable",
  ),
  vault("TOKEN_FILE", "text", "", "file with the token"),
  vault(
    "JWT_FILE",
    "text",
    SERVICE_ACCOUNT_JWT,
    "file with the JWT (kubernetes, jwt), read at every login",
  ),
  vault("ROLE_ID", "text", "", "role id (approle)"),
  vault("ROLE_ID_FILE", "text", "", "file with the role id (approle)"),
  vault(
    "SECRET_ID",
    "secret",
    "",
    "secret id (approle); wiped from the environment at the start",
  ),
  vault("SECRET_ID_FILE", "text", "", "file with the secret id (approle)"),
  vault(
    "SECRET_ID_WRAPPED",
    "secret",
    "",
    "response-wrapping token of the secret id (approle); wiped from the environment at the start",
  ),
  vault(
    "SECRET_ID_WRAPPED_FILE",
    "text",
    "",
    "file with the wrapping token of the secret id (approle)",
  ),
  vault("NAMESPACE", "text", "", "namespace of Vault Enterprise or OpenBao"),
  vault(
    "CACERT",
    "text",
    "",
    "PEM file with the only CA certificates to trust (unset: public authorities)",
  ),
  vault("CAPATH", "text", "", "directory of such files"),
  vault(
    "CLIENT_CERT",
    "text",
    "",
    "PEM file with the client certificate (mTLS, cert auth)",
  ),
  vault("CLIENT_KEY", "text", "", "PEM file with the client certificate's key"),
  vault(
    "TLS_SERVER_NAME",
    "text",
    "",
    "name that the server's certificate must match (unset: the host of VAULT_ADDR)",
  ),
  vault(
    "SKIP_VERIFY",
    "boolean",
    "false",
    "do not verify the server's certificate (development only)",
  ),
  vault("CLIENT_TIMEOUT", "duration", "10s", "timeout of one request"),
  vault(
    "MAX_RETRIES",
    "count",
    "",
    "maximum retries per request (unset: until CLOUDTASER_VAULT_DEADLINE)",
  ),
  vault(
    "FROM_PATH",
    "list",
    "",
    "bank-vaults' name for paths in CLOUDTASER_SECRET_PATHS that CLOUDTASER_ENV_MAP does not rename: secret/data/app,secret/data/db#2",
  ),
  vault("ENV_FROM_PATH", "list", "", "as VAULT_FROM_PATH, in vault-env"),
  vault(
    "IGNORE_MISSING_SECRETS",
    "boolean",
    "false",
    "leave a variable out, with a warning, if its path does not exist (a missing field always prevents the start)",
  ),
  vault(
    "TRANSIT_KEY_ID",
    "text",
    "",
    "transit key that decrypts variables with ciphertexts (vault:v1:…)",
  ),
  vault("TRANSIT_PATH", "text", "transit", "mount path of transit"),
];
