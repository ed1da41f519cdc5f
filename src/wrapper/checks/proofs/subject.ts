/**
 * What the proofs are about: the wrapper's arenas, the origin of its token, and its
 * agent. Patterns are views of protected memory. Proofs pass their addresses to the
 * shim and never copy or print them, except for the random control value: they
 * plant a copy of it and wipe the copy.
 */
import type { AgentTrial } from "@/protocol/agent.ts";
import type { Interposition } from "@/wrapper/child/interposer.ts";
import type { Pattern } from "@/wrapper/secrets/store.ts";

/** The part of an arena that proofs use. */
export interface ProvenArena {
  bounds(): { readonly start: bigint; readonly bytes: number };
  /** Number of blocks. @throws when a canary is damaged. */
  check(): number;
  fdIsOpen(): boolean;
}

/** A file with credentials for Vault. */
export interface CredentialFile {
  /** For messages: "token file". */
  readonly what: string;
  readonly path: string;
  /** File system types at the times it was read; undefined: unknown. */
  readonly readFrom?: readonly (string | undefined)[];
}

/** Where the token came from, and where else it may be. */
export interface TokenOrigin {
  /** `none`: no token is used. `login`: the wrapper logged in. */
  readonly origin: "none" | "environment" | "file" | "login";
  /** Every configured credential file, including unused ones. */
  readonly files?: readonly CredentialFile[];
  /** The application receives the token (`VAULT_TOKEN=vault:login`). */
  readonly passedThrough?: boolean;
}

/** The agent's client as the proofs see it. */
export interface ProvenAgent {
  /** Queries the agent, attacks, queries again. Never throws. Concurrent callers share one run. */
  exercise(): Promise<AgentTrial>;
}

/** Input of {@linkcode proveAll}. */
export interface ProofSubject {
  /** All arenas of this process; the first is the main one. */
  readonly arenas: readonly ProvenArena[];
  /** Why the arenas are ordinary memory, if they are. Has the shape of an FfiError. */
  readonly secretmemRefusal?: { readonly code: string; readonly call: string };
  /** Token and secret values. */
  patterns(): Pattern[];
  /** A random value in an arena: every search must find a planted copy of it. */
  control(): Uint8Array;
  /** For a pattern that was found: true if the value is public anyway, so that it is not a leak. */
  isPublic?(pattern: Pattern): Promise<boolean>;
  readonly token: TokenOrigin;
  readonly agentSocket: string;
  /** Whether an attestation report counts only with a verified signature chain. */
  readonly requireChain?: boolean;
  readonly agent: ProvenAgent;
  /** Undefined: no application will be started. */
  readonly interposition?: () => Interposition;
}
