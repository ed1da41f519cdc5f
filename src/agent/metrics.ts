/** The agent's metrics. Names and labels are a contract (docs/AGENT.md). */
import type { Metric, Sample } from "@/base/metric.ts";
import type { AgentState } from "./status.ts";

/** All metrics at one moment. */
export function listAgentMetrics(state: AgentState): Metric[] {
  const { version, ready } = state;
  const info = { labels: { version, mode: ready?.mode ?? "" }, value: 1 };
  const attacks = state.counts.map(({ vector, action, count }) => ({
    labels: { vector, action },
    value: count,
  }));
  return [
    metric("build_info", "Version and enforcement backend; always 1", [info]),
    metric("up", "1 while the enforcer runs", Number(ready !== undefined)),
    metric("vectors_active", "Attack vectors blocked", state.active.length),
    metric("protected_processes", "Protected processes", state.processes),
    metric(
      "process_trees",
      "Registered processes, each with its descendants",
      state.treeCount,
    ),
    metric("connections", "Open connections of wrappers", state.connections),
    metric("attacks_total", "Attacks, by vector and outcome", attacks),
    metric(
      "events_lost_total",
      "Attack events dropped because they came too fast",
      state.eventsLost,
    ),
    metric(
      "audit_suppressed_total",
      "Attack events without an audit line of their own",
      state.auditSuppressed,
    ),
    metric(
      "enforcer_restarts_total",
      "Starts of the enforcer after the first",
      state.restarts,
    ),
  ];
}

/** Prometheus' naming rule: a counter ends with `_total`. */
function metric(
  name: string,
  help: string,
  value: number | readonly Sample[],
): Metric {
  return {
    name: `cloudtaser_agent_${name}`,
    help,
    type: name.endsWith("_total") ? "counter" : "gauge",
    samples: typeof value === "number" ? [{ value }] : value,
  };
}
