/**
 * The data of all reports. It is flat and small, so that no field could hold a
 * secret, a token or a response from Vault by accident.
 */
import type { Identity } from "@/config/pod_identity.ts";
import type { ProcessIdentity } from "@/base/process_identity.ts";
import type { Fact } from "@/score/evidence.ts";
import type { Score } from "@/score/score.ts";

/** State of the application. */
export type ApplicationPhase =
  /** The wrapper waits for an unseal token. */
  | "sealed"
  | "waiting"
  | "running"
  | "stopping"
  | "ended";

/** The application in reports. */
export interface ApplicationState {
  readonly phase: ApplicationPhase;
  readonly pid?: number;
}

/** The connection to Vault in reports. */
export interface VaultState {
  readonly phase:
    | "unused"
    | "sealed"
    | "connecting"
    | "connected"
    | "unreachable";
  /** `VAULT_ADDR`; reports show its host and port only. */
  readonly address?: string;
  /** Seconds until the token or the first lease expires. */
  readonly leaseTtlSeconds?: number;
  /** When that is, in seconds since the epoch. */
  readonly leaseExpirySeconds?: number;
}

/** The node's agent in reports; a state of AgentLink fits. */
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

/** The wrapper at one moment. */
export interface ReportState {
  readonly version: string;
  /** Versions of the binary's parts, for `cloudtaser_build_info`. */
  readonly build: Readonly<Record<string, string>>;
  /** Milliseconds since the epoch. */
  readonly startedAt: number;
  readonly process: ProcessIdentity;
  readonly now: number;
  readonly identity: Identity;
  /** Undefined until the first proofs are done. */
  readonly score?: Score;
  /** The highest possible score. */
  readonly maximum: number;
  readonly minimum: number;
  readonly required: readonly string[];
  readonly facts: readonly Fact[];
  readonly application: ApplicationState;
  readonly vault: VaultState;
  readonly agent: AgentReport;
}

/** `host:port` of an address, without user, path or query; undefined for an invalid one. */
export function hostPort(address: string | undefined): string | undefined {
  if (!address || !URL.canParse(address)) return undefined;
  const { hostname, port, protocol } = new URL(address);
  if (!hostname) return undefined;
  return `${hostname}:${port || (protocol === "http:" ? "80" : "443")}`;
}
