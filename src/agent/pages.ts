/** The agent's pages: the same four paths as the wrapper's. */
import { healthPage, jsonPage, metricsPage, type Page } from "@/http/pages.ts";
import { renderAgentMetrics } from "./metrics.ts";
import type { AgentState } from "./state.ts";
import { renderAgentStatus } from "./status.ts";

/** `state` is read anew for each answer. */
export function makePages(state: () => AgentState): Map<string, Page> {
  return new Map<string, Page>([
    ["/healthz", () => healthPage()],
    ["/readyz", () => healthPage(findUnready(state()))],
    ["/v1/status", () => jsonPage(renderAgentStatus(state()))],
    ["/metrics", () => metricsPage(renderAgentMetrics(state()))],
  ]);
}

function findUnready({ ready }: AgentState): string | undefined {
  if (!ready) return "no enforcer runs";
  return ready.mode === "" ? "no tier passed its self-test" : undefined;
}
