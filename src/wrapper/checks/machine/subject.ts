/**
 * What is to be proven about: the wrapper's arenas, its token's story and its
 * agent. Patterns are views on protected memory and are only ever handed to the
 * shim as addresses; no proof reads, copies or prints them (one plants a copy
 * of the random control, and wipes it).
 */
import type { AgentTrial } from "@/protocol/agent.ts";

/** The part of an arena that proofs use. */
export interface ProvenArena {
  bounds(): { readonly start: bigint; readonly bytes: number };
  /** Number of blocks. @throws when a canary is damaged. */
  check(): number;
  fdIsOpen(): boolean;
}

/** A file with which one logs in to Vault. */
export interface CredentialFile {
  /** What it is, for people: "token file". */
  readonly what: string;
  readonly path: string;
  /** Types of the file systems that it lay on when it was read; undefined: not known. */
  readonly readFrom?: readonly (string | undefined)[];
}

/** How the token came, and where else it may be. */
export interface TokenStory {
  /** `none`: no token is used. `login`: we logged in ourselves. */
  readonly origin: "none" | "environment" | "file" | "login";
  /** Every credential file that is configured, whichever source was used. */
  readonly files?: readonly CredentialFile[];
  /** The application is given the token (`VAULT_TOKEN=vault:login`). */
  readonly handedOver?: boolean;
}

/** The agent's client as the proofs see it. */
export interface ProvenAgent {
  /** Asks, attacks, asks again. Never throws. Callers within one round share it. */
  exercise(): Promise<AgentTrial>;
}

/** How the application has its secrets, see src/wrapper/child/interposer.ts. */
export type ProvenInterposition =
  | { readonly kind: "absent"; readonly reason: string }
  | {
    readonly kind: "active";
    readonly pid: number;
    readonly expected: number;
    readonly adopted: number;
    readonly lost: string;
  };

/** What {@linkcode proveAll} is asked about. */
export interface ProofSubject {
  /** All arenas of this process; the first is the main one. */
  readonly arenas: readonly ProvenArena[];
  /** Why the arenas are ordinary memory, when they are: an FfiError does. */
  readonly secretmemRefusal?: { readonly code: string; readonly call: string };
  /** Token and values, and as the last one a random control. Views on arenas, 8 bytes or longer. */
  patterns(): Uint8Array[];
  /** What a pattern is, for people: the name of its variable. The very view that patterns() gave. */
  nameOf?(pattern: Uint8Array): string;
  /** Asked about a pattern that was found: true when it is known to everyone anyway, and no leak. */
  isKnown?(pattern: Uint8Array): Promise<boolean>;
  readonly token: TokenStory;
  readonly agentSocket: string;
  readonly agent: ProvenAgent;
  /** Undefined: no application is going to be started. */
  readonly interposition?: () => ProvenInterposition;
}
