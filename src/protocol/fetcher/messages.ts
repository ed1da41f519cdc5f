/**
 * The protocol of wrapper and fetcher: JSON lines over a socket pair, never a
 * secret. Secrets cross in two arenas, the inbox and the outbox. Both sides map
 * an arena and close its descriptor before anything is written into it, so an
 * attacker who arrives later finds no descriptor of a secret. One who copied an
 * empty arena's descriptor keeps it; only the agent prevents that
 * (docs/THREAT-MODEL.md).
 *
 *   wrapper → task (inbox size)        fetcher maps the inbox → "mapped"
 *   wrapper fills the inbox → "go"     fetcher does the job
 *   fetcher → "need" bytes             wrapper maps the outbox → "ready"
 *   fetcher maps and fills it → "done" or, at any point, "failed"
 *
 * During the job the fetcher sends "note" and, for each file it reads, "file".
 */
import type { Credentials, VaultSettings } from "./vault_settings.ts";
import type { Plan } from "./plan.ts";

/** Descriptors in the fetcher. */
export const CONTROL_FD = 3;
export const INBOX_FD = 4;
export const OUTBOX_FD = 5;

/** What the fetcher does. */
export type Job =
  | {
    readonly kind: "fetch";
    readonly plan: Plan;
    /** Variables of the application that receive the token. */
    readonly tokenNames: readonly string[];
  }
  | {
    readonly kind: "renew";
    readonly token: boolean;
    readonly leases: readonly string[];
  }
  | {
    readonly kind: "revoke";
    readonly token: boolean;
    readonly leases: readonly string[];
    readonly limitMs: number;
  };

/** The first message: everything except secrets. */
export interface Task {
  readonly kind: "task";
  readonly job: Job;
  readonly settings: VaultSettings;
  /** Whether arenas are memfd_secret. */
  readonly secretmem: boolean;
  /** Size of the inbox, 0 when there is none. */
  readonly inboxBytes: number;
  /** When the wrapper sent it, in uptime: the fetcher may start later. */
  readonly givenAtMs: number | undefined;
}

/** The inbox is filled: names of its blocks, in order. */
export interface Go {
  readonly kind: "go";
  readonly names: readonly CredentialName[];
}

/** Credentials that the inbox can contain. */
export type CredentialName = Exclude<keyof Credentials, "jwt">;

/** Messages of the wrapper. */
export type FromWrapper = Task | Go | { readonly kind: "ready" };

/** The result of a fetch, without the secrets. */
export interface FetchReport {
  readonly tokenBlock?: number;
  /** The secret id, if it was wrapped. */
  readonly secretIdBlock?: number;
  readonly variables: readonly StoredVariable[];
  readonly tokenInfo: TokenInfo;
  readonly leases: readonly LeaseInfo[];
  readonly millis: Readonly<Record<string, number>>;
}

/** The result of a renewal. */
export interface RenewReport {
  readonly tokenTtlSeconds?: number;
  readonly leases: readonly {
    readonly id: string;
    readonly ttlSeconds: number;
  }[];
  readonly failed: readonly {
    /** The lease's id, or `token`. */
    readonly id: string;
    readonly reason: string;
    /** True when a retry cannot succeed: the secrets must be fetched again. */
    readonly final: boolean;
  }[];
}

/** The result of a revocation. */
export interface RevokeReport {
  /** Leases and, counted as one, the token. */
  readonly revoked: number;
  /** One message for each that may stay valid. */
  readonly failed: readonly string[];
}

/** Messages of the fetcher. */
export type FromFetcher =
  | { readonly kind: "mapped" }
  | { readonly kind: "need"; readonly bytes: number }
  | { readonly kind: "note"; readonly text: string }
  | { readonly kind: "file"; readonly origin: FileOrigin }
  | {
    readonly kind: "done";
    readonly report: FetchReport | RenewReport | RevokeReport;
  }
  | {
    readonly kind: "failed";
    readonly message: string;
    readonly exitCode: number;
    /** Vault does not accept the token: a new login may help. */
    readonly isTokenRefused: boolean;
  };

/** A token's lifetime. */
export interface TokenInfo {
  /** Absent: it does not expire, or its policy forbids to look. 0: less than a second. */
  readonly ttlSeconds?: number;
  readonly renewable: boolean;
  /** The wrapper logged in, so it revokes the token. */
  readonly issuedByLogin: boolean;
}

/** A lease that came with a secret. */
export interface LeaseInfo {
  readonly id: string;
  readonly path: string;
  /** Absent: it does not expire. */
  readonly ttlSeconds?: number;
  readonly renewable: boolean;
}

/** A file that was read, and the type of its file system; undefined: unknown. */
export interface FileOrigin {
  readonly path: string;
  readonly fileSystem: string | undefined;
}

/** The block of one environment variable in the fetched arena, and its secret parts. */
export interface StoredVariable {
  readonly name: string;
  readonly block: number;
  /** Ranges of secret bytes, relative to the block. */
  readonly secretRanges: readonly {
    readonly start: number;
    readonly length: number;
  }[];
}
