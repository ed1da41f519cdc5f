/**
 * How to reach Vault and how to log in: validated settings, which the wrapper
 * sends to the fetcher.
 */

/** Login methods. */
export const AUTH_METHODS = [
  "kubernetes",
  "token",
  "approle",
  "jwt",
  "cert",
] as const;

/** Where Kubernetes mounts the service account's token. */
export const SERVICE_ACCOUNT_JWT =
  "/var/run/secrets/kubernetes.io/serviceaccount/token";

/** Messages about a login without what it needs. */
export const MISSING = {
  token:
    "VAULT_AUTH_METHOD is token, but no token is set: set VAULT_TOKEN_FILE or VAULT_TOKEN",
  roleId:
    "approle auth needs a role id: set VAULT_ROLE_ID or VAULT_ROLE_ID_FILE",
  role: (method: string) =>
    `VAULT_AUTH_ROLE is not set: ${method} auth needs a role`,
} as const;

/** How to log in. */
export interface AuthSettings {
  readonly method: typeof AUTH_METHODS[number];
  /** Including `auth/`: `auth/kubernetes`. */
  readonly mount: string;
  readonly role?: string;
  readonly tokenFile?: string;
  /** The token arrives by unseal. */
  readonly isUnsealed?: true;
  readonly jwtFile?: string;
  readonly roleId?: string;
  readonly roleIdFile?: string;
  readonly secretIdFile?: string;
  /** File with a response-wrapping token. */
  readonly secretIdWrappedFile?: string;
}

/** How to reach Vault. */
export interface VaultSettings {
  /** `https://host:port`, `http://host:port` or `unix:///path`. */
  readonly address: string;
  readonly namespace?: string;
  readonly caCert?: string;
  readonly caPath?: string;
  readonly clientCert?: string;
  readonly clientKey?: string;
  readonly tlsServerName?: string;
  readonly skipVerify: boolean;
  readonly requestTimeoutMs: number;
  /** Maximum retries per request; undefined: until the deadline. */
  readonly maxRetries?: number;
  /** Total time for login, reads and all waiting. */
  readonly deadlineMs: number;
  readonly auth: AuthSettings;
}

/** Secrets that the wrapper passes in the inbox. */
export interface Credentials {
  readonly token?: string;
  readonly secretId?: string;
  /** A response-wrapping token of the secret id. */
  readonly secretIdWrapped?: string;
  /** The secret id that an earlier fetch unwrapped. */
  readonly secretIdUnwrapped?: string;
  readonly jwt?: string;
}
