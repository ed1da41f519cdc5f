/** The JSON of the agent's /v1/status. Field names are a contract (docs/AGENT.md). */
import type { Ready } from "@/protocol/enforcer.ts";
import type { Family } from "@/agent/processes/protected_processes.ts";
import type { AgentState } from "./state.ts";

/** Families that one page lists. */
const MOST_LISTED = 1000;

/** The status as one JSON document with a line feed. */
export function renderAgentStatus(state: AgentState): string {
  return `${JSON.stringify(makeAgentStatus(state), null, 2)}\n`;
}

/** The status as a value. */
function makeAgentStatus(state: AgentState): Record<string, unknown> {
  const uptime = Math.floor((state.now - state.startedAt) / 1000);
  return {
    version: state.version,
    name: state.name,
    uptimeSeconds: Math.max(0, uptime),
    mode: state.mode,
    enforcer: state.ready ? describeEnforcer(state.ready) : null,
    enforcerRestarts: state.restarts,
    vectors: { active: state.active.length, ids: state.active },
    members: state.members,
    connections: state.connections,
    families: {
      count: state.familyCount,
      list: state.families.slice(0, MOST_LISTED).map(describeFamily),
    },
    attacks: state.counts.filter(({ count }) => count > 0),
    eventsLost: state.eventsLost,
    auditSuppressed: state.auditSuppressed,
  };
}

function describeEnforcer(ready: Ready) {
  const { mode, enforcing, lock, sealed, exec, pinned, adopted } = ready;
  const { release: kernel, tiers, notes } = ready;
  const flags = { enforcing, lock, sealed, exec, pinned, adopted };
  return { mode, ...flags, kernel, tiers, notes };
}

function describeFamily({ id, pid, container }: Family) {
  const { containerId = null, podUid = null } = container;
  return { id, pid, containerId, podUid };
}
