/** The agent's metrics. Names and labels are a contract (docs/AGENT.md). */
import { type Metric, renderExposition } from "@/http/exposition.ts";
import type { AgentState } from "./state.ts";

/** Renders one moment for Prometheus. */
export function renderAgentMetrics(state: AgentState): string {
  return renderExposition([
    {
      ...gauge("info", "Version and mode; always 1"),
      samples: [{
        labels: { version: state.version, mode: state.ready?.mode ?? "" },
        value: 1,
      }],
    },
    {
      ...gauge("up", "1 while the enforcer runs"),
      samples: [{ value: state.ready ? 1 : 0 }],
    },
    {
      ...gauge("vectors_active", "Ways to a protected process that are closed"),
      samples: [{ value: state.active.length }],
    },
    {
      ...gauge("protected_processes", "Processes that are protected"),
      samples: [{ value: state.members }],
    },
    {
      ...gauge("families", "Registered processes with their descendants"),
      samples: [{ value: state.familyCount }],
    },
    {
      ...gauge("connections", "Open connections of wrappers"),
      samples: [{ value: state.connections }],
    },
    ...listCounters(state),
  ]);
}

function listCounters(state: AgentState): Metric[] {
  return [
    {
      ...counter("attacks_total", "Attacks by vector and how they ended"),
      samples: state.counts.map(({ vector, action, count }) => ({
        labels: { vector, action },
        value: count,
      })),
    },
    {
      ...counter("events_lost_total", "Events that came too fast to be told"),
      samples: [{ value: state.eventsLost }],
    },
    {
      ...counter(
        "audit_suppressed_total",
        "Events that no audit line tells of",
      ),
      samples: [{ value: state.auditSuppressed }],
    },
    {
      ...counter(
        "enforcer_restarts_total",
        "Starts of the enforcer after the first",
      ),
      samples: [{ value: state.restarts }],
    },
  ];
}

function gauge(name: string, help: string) {
  return { name: `cloudtaser_agent_${name}`, help, type: "gauge" as const };
}

function counter(name: string, help: string) {
  return { name: `cloudtaser_agent_${name}`, help, type: "counter" as const };
}
