/** The agent's pages: the same four paths as the wrapper's. */
import { healthPage, jsonPage, metricsPage, type Page } from "@/http/pages.ts";
import { listAgentMetrics } from "./metrics.ts";
import { type AgentState, renderAgentStatus } from "./status.ts";

/** Every response shows the state of that moment. */
export function makePages(state: () => AgentState): Map<string, Page> {
  return new Map<string, Page>([
    ["/healthz", () => healthPage()],
    ["/readyz", () => healthPage(findUnready(state()))],
    ["/v1/status", () => jsonPage(renderAgentStatus(state()))],
    ["/metrics", () => metricsPage(listAgentMetrics(state()))],
  ]);
}

function findUnready({ ready }: AgentState): string | undefined {
  if (!ready) return "the enforcer is not running";
  return ready.mode === "" ? "no backend passed its self-test" : undefined;
}
