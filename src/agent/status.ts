/** The agent's state at one moment, and its JSON on /v1/status. Field names are a contract (docs/AGENT.md). */
import type { Ready, Stats } from "@/protocol/enforcer.ts";
import type { ProcessTree } from "@/agent/processes/process_trees.ts";

/** Process trees listed on the page. */
const MAX_LISTED_TREES = 1000;

/** What does not change while the agent runs. */
export interface AgentAbout {
  readonly version: string;
  /** Name of the pod or host. */
  readonly name: string;
  readonly mode: "enforce" | "detect";
  /** Milliseconds since the epoch. */
  readonly startedAt: number;
}

/** The source of all pages. */
export interface AgentState extends AgentAbout {
  readonly now: number;
  /** Undefined while no enforcer runs. */
  readonly ready: Ready | undefined;
  /** Ids of closed vectors. */
  readonly active: readonly string[];
  readonly trees: readonly ProcessTree[];
  readonly processes: number;
  readonly treeCount: number;
  readonly connections: number;
  readonly counts: readonly AttackCount[];
  readonly eventsLost: number;
  readonly auditSuppressed: number;
  readonly restarts: number;
}

/** Attacks by one vector with the same result. */
export interface AttackCount {
  readonly vector: string;
  readonly action: string;
  readonly count: number;
}

/** The kernel's numbers before the first report. */
export const NO_STATS: Stats = {
  t: "stats",
  processes: 0,
  trees: 0,
  counts: {},
};

/** The status as one JSON document with a line feed. */
export function renderAgentStatus(state: AgentState): string {
  const uptime = Math.floor((state.now - state.startedAt) / 1000);
  const status = {
    version: state.version,
    name: state.name,
    uptimeSeconds: Math.max(0, uptime),
    mode: state.mode,
    enforcer: state.ready ? describeEnforcer(state.ready) : null,
    enforcerRestarts: state.restarts,
    vectors: { active: state.active.length, ids: state.active },
    protectedProcesses: state.processes,
    connections: state.connections,
    processTrees: {
      count: state.treeCount,
      list: state.trees.slice(0, MAX_LISTED_TREES).map(describeTree),
    },
    attacks: state.counts.filter(({ count }) => count > 0),
    eventsLost: state.eventsLost,
    auditSuppressed: state.auditSuppressed,
  };
  return `${JSON.stringify(status, null, 2)}\n`;
}

function describeEnforcer(ready: Ready) {
  const { mode, enforcing, lock, irrevocable, exec, pinned, adopted } = ready;
  const { release: kernel, backends, notes } = ready;
  const flags = { enforcing, lock, irrevocable, exec, pinned, adopted };
  return { mode, ...flags, kernel, backends, notes };
}

function describeTree({ id, pid, container }: ProcessTree) {
  const { containerId = null, podUid = null } = container;
  return { id, pid, containerId, podUid };
}
