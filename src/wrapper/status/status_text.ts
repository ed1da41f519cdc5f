/**
 * The status for a person: the specification's CLI layout, then what it does
 * not have (assessment, facts). Lines about what is not known are left out.
 */
import type { Band, ScoredCheck } from "@/score/score.ts";
import { type AgentReport, hostPort, type ReportState } from "./state.ts";

const ASSESSMENTS: Readonly<Record<Band, string>> = {
  full: "Full protection",
  strong: "Strong protection",
  partial: "Partial protection",
  insufficient: "Insufficient",
};

/** Renders the status; `aligned` puts the checks into columns, for a terminal. */
export function renderText(
  state: ReportState,
  options: { readonly aligned?: boolean } = {},
): string {
  const { identity, score } = state;
  const lines = [
    ...known("Pod", identity.pod),
    ...known("Namespace", identity.namespace),
    ...known("Node", identity.node),
  ];
  if (score) {
    lines.push(`Protection Score: ${score.points}/${score.maximum}`);
    const widths = options.aligned ? measure(score.checks) : NARROW;
    lines.push(...score.checks.map((check) => renderCheck(check, widths)));
  }
  lines.push(...renderAgent(state.agent), ...renderVault(state));
  if (score) lines.push(`Assessment: ${ASSESSMENTS[score.band]}`);
  lines.push(...state.facts.map(({ name, value }) => `${name}: ${value}`));
  return `${lines.join("\n")}\n`;
}

interface Widths {
  readonly name: number;
  readonly state: number;
  readonly points: number;
}

const NARROW: Widths = { name: 0, state: 0, points: 0 };

function measure(checks: readonly ScoredCheck[]): Widths {
  return {
    name: Math.max(...checks.map(({ name }) => name.length)) + 2,
    state: 4,
    points: 5,
  };
}

function renderCheck(check: ScoredCheck, widths: Widths): string {
  const { evidence } = check;
  return [
    check.name.padEnd(widths.name),
    (check.passed ? "OK" : "FAIL").padEnd(widths.state),
    `${check.points}/${check.worth}`.padStart(widths.points),
    check.passed ? evidence.detail : evidence.reason,
  ].join(" ").trimEnd();
}

function renderAgent({ connected, hello, failure }: AgentReport): string[] {
  if (!connected || !hello) {
    return [`eBPF Agent: ${failure ?? "not connected"}`];
  }
  const uptime = hello.uptimeSeconds === undefined
    ? ""
    : `, ${renderUptime(hello.uptimeSeconds)} uptime`;
  return [
    `Enforcement: ${hello.vectors} vectors active (${hello.mode})`,
    `eBPF Agent: ${hello.name ?? hello.version} (Running${uptime})`,
  ];
}

function renderVault({ vault }: ReportState): string[] {
  if (vault.phase === "unused") return [];
  const ttl = vault.leaseTtlSeconds === undefined
    ? ""
    : `, lease TTL ${Math.floor(vault.leaseTtlSeconds)}s`;
  return [
    `Vault: ${hostPort(vault.address) ?? "unknown"} (${vault.phase}${ttl})`,
  ];
}

/** `14h`, `5m`, `12s`: the largest unit, as kubectl does. */
function renderUptime(seconds: number): string {
  if (seconds < 120) return `${Math.floor(seconds)}s`;
  if (seconds < 7200) return `${Math.floor(seconds / 60)}m`;
  if (seconds < 172_800) return `${Math.floor(seconds / 3600)}h`;
  return `${Math.floor(seconds / 86_400)}d`;
}

function known(name: string, value: string | undefined): string[] {
  return value ? [`${name}: ${value}`] : [];
}
