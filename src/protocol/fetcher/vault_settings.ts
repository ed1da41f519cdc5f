/**
 * What the vault room is told: how to reach Vault and how to log in. Plain
 * data, already checked for form by whoever read the settings.
 */

/** How to log in. */
export interface AuthSettings {
  readonly method: "token" | "kubernetes" | "approle" | "jwt" | "cert";
  /** With `auth/` in front: `auth/kubernetes`. */
  readonly mount: string;
  readonly role?: string;
  readonly tokenFile?: string;
  readonly jwtFile?: string;
  readonly roleId?: string;
  readonly roleIdFile?: string;
  readonly secretIdFile?: string;
  /** Holds a response-wrapping token. */
  readonly secretIdWrappedFile?: string;
}

/** How to reach Vault. Paths are paths of files. */
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
  /** Attempts after the first, for each request; without it the deadline alone decides. */
  readonly maxRetries?: number;
  /** For everything together: login, reads and all waiting. */
  readonly deadlineMs: number;
  readonly auth: AuthSettings;
}

/** Secrets that the wrapper hands over in the inbox. */
export interface Credentials {
  readonly token?: string;
  readonly secretId?: string;
  /** A response-wrapping token that stands for the secret id. */
  readonly secretIdWrapped?: string;
  /** What it stood for: an earlier fetch has unwrapped it. */
  readonly secretIdUnwrapped?: string;
  readonly jwt?: string;
}
