/**
 * What wrapper and fetcher say to each other: JSON lines over a socket pair,
 * never a secret. Secrets cross in two arenas, the inbox and the outbox; both
 * sides map an arena and close its descriptor before anything is written into
 * it. Whoever comes later finds no descriptor that leads to a secret; a root
 * that watched from the start and took one while it was empty has it still
 * (docs/SECURITY.md): that is the agent's to forbid.
 *
 *   wrapper → task (inbox size)        fetcher maps the inbox → "mapped"
 *   wrapper fills the inbox → "go"     fetcher does the job
 *   fetcher → "need" bytes             wrapper maps the outbox → "ready"
 *   fetcher maps and fills it → "done" or, at any point, "failed"
 *
 * During the job the fetcher says "note" and, for each file it reads, "file".
 */
import type { Credentials, VaultSettings } from "./vault_settings.ts";
import type { Plan } from "./plan.ts";

/** Descriptors in the fetcher. */
export const CONTROL_FD = 3;
export const INBOX_FD = 4;
export const OUTBOX_FD = 5;

/** What the fetcher shall do. */
export type Job =
  | {
    readonly kind: "fetch";
    readonly plan: Plan;
    /** Variables of the application that take the token. */
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

/** The first message: all that is no secret. */
export interface Task {
  readonly say: "task";
  readonly job: Job;
  readonly settings: VaultSettings;
  /** How to make arenas: as the wrapper found out. */
  readonly secretmem: boolean;
  /** Size of the inbox, 0 when there is none. */
  readonly inboxBytes: number;
  /** When it was given, by the machine's clock: the fetcher may not run yet. */
  readonly givenAtMs: number | undefined;
}

/** The inbox is filled: names of its blocks, in their order. */
export interface Go {
  readonly say: "go";
  readonly names: readonly CredentialName[];
}

/** What may lie in the inbox. */
export type CredentialName = Exclude<keyof Credentials, "jwt">;

/** All that the wrapper says. */
export type FromWrapper = Task | Go | { readonly say: "ready" };

/** What a fetch brought, without the secrets. */
export interface FetchReport {
  readonly tokenBlock?: number;
  /** The secret id, when it was wrapped. */
  readonly secretIdBlock?: number;
  readonly variables: readonly StoredVariable[];
  readonly tokenInfo: TokenInfo;
  readonly leases: readonly LeaseInfo[];
  readonly millis: Readonly<Record<string, number>>;
}

/** What was prolonged, and what was not. */
export interface RenewReport {
  readonly tokenTtlSeconds?: number;
  readonly leases: readonly {
    readonly id: string;
    readonly ttlSeconds: number;
  }[];
  readonly failed: readonly {
    readonly id: string;
    readonly reason: string;
    readonly final: boolean;
  }[];
}

/** How many were revoked, and why others were not. */
export interface RevokeReport {
  readonly revoked: number;
  readonly failed: readonly string[];
}

/** All that the fetcher says. */
export type FromFetcher =
  | { readonly say: "mapped" }
  | { readonly say: "need"; readonly bytes: number }
  | { readonly say: "note"; readonly text: string }
  | { readonly say: "file"; readonly origin: FileOrigin }
  | {
    readonly say: "done";
    readonly report: FetchReport | RenewReport | RevokeReport;
  }
  | {
    readonly say: "failed";
    readonly message: string;
    readonly exitCode: number;
  };

/** A token's life. */
export interface TokenInfo {
  /** 0: it does not expire. */
  readonly ttlSeconds: number;
  readonly renewable: boolean;
  /** We logged in, so we may revoke it. */
  readonly ours: boolean;
}

/** A lease that came with a secret. */
export interface LeaseInfo {
  readonly id: string;
  readonly path: string;
  readonly ttlSeconds: number;
  readonly renewable: boolean;
}

/** A file that was read, and the type of its file system; undefined: not known. */
export interface FileOrigin {
  readonly path: string;
  readonly fileSystem: string | undefined;
}

/** Where in the fetched arena one environment variable lies, and which parts of it are secret. */
export interface StoredVariable {
  readonly name: string;
  readonly block: number;
  /** Ranges of secret bytes, counted from the start of the block. */
  readonly secretRanges: readonly {
    readonly start: number;
    readonly length: number;
  }[];
}
