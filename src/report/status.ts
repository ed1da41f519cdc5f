/** The JSON of /v1/status and of `check --json`. Field names are a contract. */
import { hostPort, type ReportState } from "./state.ts";

/** The status as a value for JSON.stringify. */
export function makeStatus(state: ReportState): Record<string, unknown> {
  const { score, application, agent, vault } = state;
  return {
    version: state.version,
    uptimeSeconds: Math.max(
      0,
      Math.floor((state.now - state.startedAt) / 1000),
    ),
    sealed: false,
    pod: state.identity.pod ?? null,
    namespace: state.identity.namespace ?? null,
    node: state.identity.node ?? null,
    score: score?.points ?? null,
    maximum: score?.maximum ?? null,
    band: score?.band ?? null,
    minimum: state.minimum,
    required: [...state.required],
    checks: (score?.checks ?? []).map(({ name, points, worth, evidence }) => ({
      name,
      points,
      worth,
      state: evidence.state,
      reason: evidence.reason,
      detail: evidence.detail,
      source: evidence.source,
      time: new Date(evidence.at).toISOString(),
    })),
    facts: state.facts.map(({ name, value, source }) => ({
      name,
      value,
      source,
    })),
    application: {
      state: application.phase,
      pid: application.pid ?? null,
      exitCode: application.exitCode ?? null,
    },
    vault: {
      state: vault.phase,
      address: hostPort(vault.address) ?? null,
      connected: vault.phase === "connected",
      leaseTtlSeconds: vault.leaseTtlSeconds ?? null,
    },
    agent: {
      connected: agent.connected,
      reason: agent.failure ?? null,
      name: agent.hello?.name ?? null,
      version: agent.hello?.version ?? null,
      mode: agent.hello?.mode ?? null,
      vectors: agent.hello?.vectors ?? null,
      uptimeSeconds: agent.hello?.uptimeSeconds ?? null,
    },
  };
}

/** The status as one JSON document with a line feed. */
export function renderStatus(state: ReportState): string {
  return `${JSON.stringify(makeStatus(state), null, 2)}\n`;
}
