/**
 * Messages between agent and enforcer, one line each, on the enforcer's
 * descriptor 3: JSON objects to the agent, text commands to the enforcer. Both
 * come from one build, so fields are not validated. Names in events come from
 * attackers; the agent cleans them on output.
 */

/** A blocking mechanism of the kernel, and the result of its self-test. */
export interface Backend {
  readonly name: string;
  readonly state: "passed" | "failed" | "absent" | "not needed" | "off";
  /** For an operator; may be empty. */
  readonly reason: string;
}

/** The first message: what is in force. */
export interface Ready {
  readonly t: "ready";
  /** Names of the passed backends joined by ` + `; `detect only`; or empty. */
  readonly mode: string;
  readonly enforcing: boolean;
  readonly lock: boolean;
  readonly exec: "allow" | "deny";
  readonly pinned: boolean;
  readonly adopted: boolean;
  /** The lock is on and stays until reboot. */
  readonly irrevocable: boolean;
  readonly release: string;
  readonly processes: number;
  readonly backends: readonly Backend[];
  readonly programs: readonly {
    readonly name: string;
    readonly backend: string;
  }[];
  readonly notes: readonly string[];
}

/** CT_AGENT_TREE: the process tree of agent and enforcer, which belongs to no wrapper. */
export const AGENT_TREE = 0xffffffff;

/** Result of an attack; `seen` was neither blocked nor killed. */
export type Action = "blocked" | "killed" | "seen";

/** One attack. */
export interface AttackEvent {
  readonly t: "event";
  /** Milliseconds since the epoch. */
  readonly time: number;
  readonly vector: string;
  readonly program: string;
  readonly backend: string;
  readonly action: Action;
  /** A wrapper's attack on itself, as a proof. */
  readonly ownProbe: boolean;
  readonly arg: number;
  readonly attacker: {
    readonly pid: number;
    readonly tid: number;
    readonly uid: number;
    readonly comm: string;
    /** Base name, cut to 31 bytes. */
    readonly exe: string;
    /** Id in cgroup2, 0: unknown. */
    readonly cgroup: number;
    /** 0: not protected. */
    readonly tree: number;
  };
  readonly target: {
    /** 0: the target is the machine or the agent. */
    readonly pid: number;
    readonly tree: number;
    readonly comm: string;
  };
}

/** The kernel's exact counts. */
export interface Stats {
  readonly t: "stats";
  readonly processes: number;
  readonly trees: number;
  /** By vector, without zeros. */
  readonly counts: Readonly<Record<string, number>>;
}

/** All pins are removed. */
export interface Removed {
  readonly t: "removed";
  readonly notes: readonly string[];
}

/** The directory for pods is mounted. */
export interface Exported {
  readonly t: "exported";
  readonly path: string;
  /** No copy of the mount can be made writable. */
  readonly locked: boolean;
  /** Why it is not locked; else empty. */
  readonly reason: string;
}

/** Every message of the enforcer. */
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
    /** The peer's pid in its own PID namespace. */
    readonly nspid: number;
  }
  | { readonly t: "line"; readonly id: number; readonly line: string }
  | { readonly t: "closed"; readonly id: number }
  | {
    readonly t: "protected";
    readonly id: number;
    readonly pid: number;
    readonly ok: boolean;
    /** Set when ok. */
    readonly tree?: number;
    /** Set when not ok. */
    readonly reason?: string;
  }
  | { readonly t: "lost"; readonly count: number }
  | { readonly t: "ended"; readonly tree: number }
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

/** Parses one line; undefined when it is not one of these messages. */
export function parseEnforcerLine(line: string): FromEnforcer | undefined {
  try {
    const value = JSON.parse(line);
    return KINDS.has(value?.t) ? value : undefined;
  } catch {
    return undefined;
  }
}

/** Makes the commands to the enforcer. */
export const COMMANDS = {
  /** Protects the process behind a connection. */
  protect: (id: number) => `protect ${id}`,
  /** Sends an object on a connection. */
  answer: (id: number, value: unknown) =>
    `answer ${id} ${JSON.stringify(value)}`,
  close: (id: number) => `close ${id}`,
  stats: () => "stats",
};
