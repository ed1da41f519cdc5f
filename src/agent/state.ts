/** All that the agent's pages are made from: one moment of it. */
import type { Ready, Stats } from "@/protocol/enforcer.ts";
import type { Family } from "@/agent/processes/protected_processes.ts";

/** Where the agent runs and what it was told. */
export interface AgentAbout {
  readonly version: string;
  /** The pod's or the host's. */
  readonly name: string;
  readonly mode: "enforce" | "detect";
  /** Milliseconds since the epoch. */
  readonly startedAt: number;
}

/** One moment. */
export interface AgentState extends AgentAbout {
  readonly now: number;
  /** Undefined while no enforcer is there. */
  readonly ready: Ready | undefined;
  /** Ids. */
  readonly active: readonly string[];
  readonly families: readonly Family[];
  readonly members: number;
  readonly familyCount: number;
  readonly connections: number;
  readonly counts: readonly AttackCount[];
  readonly eventsLost: number;
  readonly auditSuppressed: number;
  readonly restarts: number;
}

/** Attacks of one vector that ended one way. */
export interface AttackCount {
  readonly vector: string;
  readonly action: string;
  readonly count: number;
}

/** What the kernel counted last; all zero before. */
export const NO_STATS: Stats = {
  t: "stats",
  members: 0,
  families: 0,
  counts: {},
};
