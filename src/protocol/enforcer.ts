/**
 * What the enforcer says on its descriptor 3, one JSON object a line, and the
 * words that it is told. It is our own program: the form of what it says is
 * believed, but not that it says nothing else. Names in events come from
 * attackers and are cleaned where they leave us.
 */

/** A mechanism, and how its self-test ended. */
export interface Tier {
  readonly name: string;
  readonly state: "passed" | "failed" | "absent" | "not needed" | "off";
  /** Words for an operator. */
  readonly reason: string;
}

/** First line of all: what is in force now. */
export interface Ready {
  readonly t: "ready";
  /** Names of the passed tiers joined by ` + `, or `detect only`. */
  readonly mode: string;
  readonly enforcing: boolean;
  readonly lock: boolean;
  readonly exec: "allow" | "deny";
  readonly pinned: boolean;
  readonly adopted: boolean;
  readonly sealed: boolean;
  readonly release: string;
  readonly members: number;
  readonly tiers: readonly Tier[];
  readonly programs: readonly {
    readonly name: string;
    readonly tier: string;
  }[];
  readonly notes: readonly string[];
}

/** The family of agent and enforcer, CT_AGENT_FAMILY: guarded like others, but no wrapper's. */
export const AGENT_FAMILY = 0xffffffff;

/** What became of an attack. */
export type Action = "blocked" | "killed" | "seen";

/** Somebody tried something. */
export interface AttackEvent {
  readonly t: "event";
  /** Milliseconds since the epoch. */
  readonly time: number;
  readonly vector: string;
  readonly program: string;
  readonly tier: string;
  readonly action: Action;
  /** A wrapper that attacks itself to prove something. */
  readonly self: boolean;
  readonly arg: number;
  readonly attacker: {
    readonly pid: number;
    readonly tid: number;
    readonly uid: number;
    readonly comm: string;
    /** Base name as the kernel has it, cut. */
    readonly exe: string;
    /** Id in cgroup2, 0: unknown. */
    readonly cgroup: number;
    /** 0: no member. */
    readonly family: number;
  };
  readonly target: {
    /** 0: no process; the machine or the agent. */
    readonly pid: number;
    readonly family: number;
    readonly comm: string;
  };
}

/** Exact numbers, counted in the kernel. */
export interface Stats {
  readonly t: "stats";
  readonly members: number;
  readonly families: number;
  /** By vector, without zeros. */
  readonly counts: Readonly<Record<string, number>>;
}

/** All pins were taken away. */
export interface Removed {
  readonly t: "removed";
  readonly notes: readonly string[];
}

/** The directory for pods is mounted. */
export interface Exported {
  readonly t: "exported";
  readonly path: string;
  /** Whether no copy of the mount can be made writable. */
  readonly locked: boolean;
  /** Why it is not locked. */
  readonly reason: string;
}

/** All that the enforcer says. */
export type FromEnforcer =
  | Ready
  | AttackEvent
  | Stats
  | Removed
  | Exported
  | {
    readonly t: "open";
    readonly id: number;
    readonly pid: number;
    readonly uid: number;
    /** Its own pid in its own PID namespace. */
    readonly nspid: number;
  }
  | { readonly t: "line"; readonly id: number; readonly line: string }
  | { readonly t: "closed"; readonly id: number }
  | {
    readonly t: "protected";
    readonly id: number;
    readonly pid: number;
    readonly ok: boolean;
    /** When ok. */
    readonly family?: number;
    /** When not. */
    readonly reason?: string;
  }
  | { readonly t: "lost"; readonly count: number }
  | { readonly t: "ended"; readonly family: number }
  | { readonly t: "fatal"; readonly reason: string; readonly remedy: string };

const KINDS: ReadonlySet<unknown> = new Set<FromEnforcer["t"]>([
  "ready",
  "open",
  "line",
  "closed",
  "protected",
  "event",
  "lost",
  "ended",
  "stats",
  "fatal",
  "removed",
  "exported",
]);

/** Reads one line; undefined when it is none of these. */
export function parseEnforcerLine(line: string): FromEnforcer | undefined {
  try {
    const value = JSON.parse(line);
    return KINDS.has(value?.t) ? value : undefined;
  } catch {
    return undefined;
  }
}

/** What the enforcer is told. */
export const tell = {
  /** Register the process behind a connection. */
  protect: (id: number) => `protect ${id}`,
  /** Send an object on a connection. */
  answer: (id: number, value: unknown) =>
    `answer ${id} ${JSON.stringify(value)}`,
  close: (id: number) => `close ${id}`,
  stats: () => "stats",
};
