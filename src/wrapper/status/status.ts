/** The status as JSON, for /v1/status and `check --json`, and as text for `check`. */
import {
  BAND_TITLES,
  renderChecks,
  renderKnown,
  renderServices,
} from "@/protocol/status.ts";
import type { ScoredCheck } from "@/score/score.ts";
import { hostPort, type ReportState } from "./state.ts";

/** The status as a value for JSON.stringify. */
export function makeStatus(state: ReportState) {
  const { score, identity } = state;
  const uptime = Math.floor((state.now - state.startedAt) / 1000);
  return {
    version: state.version,
    uptimeSeconds: Math.max(0, uptime),
    process: state.process,
    sealed: state.application.phase === "sealed",
    pod: identity.pod ?? null,
    namespace: identity.namespace ?? null,
    node: identity.node ?? null,
    score: score?.points ?? null,
    maximum: score?.maximum ?? null,
    band: score?.band ?? null,
    minimum: state.minimum,
    required: [...state.required],
    checks: (score?.checks ?? []).map(describeCheck),
    facts: state.facts.map(({ name, value, source }) => ({
      name,
      value,
      source,
    })),
    application: {
      state: state.application.phase,
      pid: state.application.pid ?? null,
    },
    vault: describeVault(state),
    agent: describeAgent(state),
  };
}

function describeCheck({ name, points, worth, evidence }: ScoredCheck) {
  const { state, reason, detail, source, at } = evidence;
  const time = new Date(at).toISOString();
  return { name, points, worth, state, reason, detail, source, time };
}

function describeVault({ vault }: ReportState) {
  return {
    state: vault.phase,
    address: hostPort(vault.address) ?? null,
    connected: vault.phase === "connected",
    leaseTtlSeconds: vault.leaseTtlSeconds ?? null,
  };
}

function describeAgent({ agent }: ReportState) {
  const { hello } = agent;
  return {
    connected: agent.connected,
    reason: agent.failure ?? null,
    name: hello?.name ?? null,
    version: hello?.version ?? null,
    mode: hello?.mode ?? null,
    vectors: hello?.vectors ?? null,
    uptimeSeconds: hello?.uptimeSeconds ?? null,
  };
}

/** The status as one JSON document with a line feed. */
export function renderStatus(state: ReportState): string {
  return `${JSON.stringify(makeStatus(state), null, 2)}\n`;
}

/** The fixed layout of `check` and `status`, which a test pins, and below it assessment and facts. Omits lines for unknown values. */
export function renderText(
  state: ReportState,
  { aligned = false }: { readonly aligned?: boolean } = {},
): string {
  const status = makeStatus(state);
  const { score, maximum, band, checks, facts } = status;
  const lines = [
    ...renderKnown("Pod", status.pod),
    ...renderKnown("Namespace", status.namespace),
    ...renderKnown("Node", status.node),
    ...(score === null ? [] : [`Protection Score: ${score}/${maximum}`]),
    ...renderChecks(checks, { aligned }),
    ...renderServices(status),
    ...(band === null ? [] : [`Assessment: ${BAND_TITLES[band]}`]),
    ...facts.map(({ name, value }) => `${name}: ${value}`),
  ];
  return `${lines.join("\n")}\n`;
}
