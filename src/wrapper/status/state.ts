/**
 * All that reports are made from. Flat and small on purpose: there is no field
 * that a secret, a token or a response of Vault could be put into by accident.
 */
import type { Identity } from "@/config/pod_identity.ts";
import type { ProcessIdentity } from "@/base/process_identity.ts";
import type { Fact } from "@/score/evidence.ts";
import type { Score } from "@/score/score.ts";

/** How far the application is. */
export type ApplicationPhase =
  /** No token yet, and no application before there is one. */
  | "sealed"
  | "waiting"
  | "refused"
  | "running"
  | "stopping"
  | "ended";

/** The application, as far as it is shown. */
export interface ApplicationState {
  readonly phase: ApplicationPhase;
  readonly pid?: number;
  readonly exitCode?: number;
}

/** How we stand with Vault. */
export interface VaultState {
  readonly phase:
    | "unused"
    | "sealed"
    | "connecting"
    | "connected"
    | "unreachable";
  /** `VAULT_ADDR`; only its host and port are ever shown. */
  readonly address?: string;
  /** Seconds until the first lease or the token ends. */
  readonly leaseTtlSeconds?: number;
}

/** The node's agent. AgentLink's state does. */
export interface AgentReport {
  readonly connected: boolean;
  readonly failure?: string;
  readonly hello?: {
    readonly version: string;
    readonly mode: string;
    readonly vectors: number;
    readonly name?: string;
    readonly uptimeSeconds?: number;
  };
}

/** One moment of the wrapper. */
export interface ReportState {
  readonly version: string;
  /** What else the binary is made of, for `cloudtaser_build_info`. */
  readonly build: Readonly<Record<string, string>>;
  /** Milliseconds since the epoch. */
  readonly startedAt: number;
  readonly process: ProcessIdentity;
  readonly now: number;
  readonly identity: Identity;
  /** Undefined until the first proofs are done. */
  readonly score?: Score;
  /** What the score can be, before there is one. */
  readonly maximum: number;
  readonly minimum: number;
  readonly required: readonly string[];
  readonly facts: readonly Fact[];
  readonly application: ApplicationState;
  readonly vault: VaultState;
  readonly agent: AgentReport;
}

/** `host:port` of an address, without user, path or query. Undefined when it is no address. */
export function hostPort(address: string | undefined): string | undefined {
  if (!address || !URL.canParse(address)) return undefined;
  const { hostname, port, protocol } = new URL(address);
  if (!hostname) return undefined;
  return `${hostname}:${port || (protocol === "http:" ? "80" : "443")}`;
}
