/**
 * Text output for one wrapper: exactly the specification's CLI layout, without
 * lines for unknown facts. `wide` adds lines that the specification lacks.
 */
import type { FleetWrapper } from "@/fleet/collect/fleet.ts";
import type { Colours } from "./colours.ts";
import type {
  StatusCheck,
  WrapperStatus,
} from "@/fleet/collect/status_schema.ts";
import { BAND_TITLES, renderAge, renderScore } from "./formatting.ts";

/** How to render one wrapper. */
export interface TextViewOptions {
  readonly colours: Colours;
  /** Aligns checks in columns, for a terminal. */
  readonly aligned: boolean;
  readonly wide: boolean;
}

/** The lines, each with a line feed. */
export function renderTextView(
  wrapper: FleetWrapper,
  options: TextViewOptions,
): string {
  const { target, status, error, band } = wrapper;
  const { colours, wide } = options;
  const score = colours.band(band)(renderScore(wrapper));
  const lines = [
    ...known("Pod", target.pod || status?.pod),
    ...known("Namespace", target.namespace || status?.namespace),
    ...known("Node", target.node ?? status?.node),
    `Protection Score: ${score}${error ? ` (${error})` : ""}`,
  ];
  if (status) {
    lines.push(
      ...renderChecks(status.checks, options),
      ...renderAgent(status),
      ...renderVault(status),
      ...(wide ? renderMore(wrapper, status) : []),
    );
  }
  return `${lines.join("\n")}\n`;
}

function renderChecks(
  checks: readonly StatusCheck[],
  { colours, aligned, wide }: TextViewOptions,
): string[] {
  const longest = Math.max(0, ...checks.map(({ name }) => name.length));
  const width = aligned ? longest + 2 : 0;
  return checks.flatMap((check) => {
    const isGood = check.state === "in_force";
    const colour = isGood ? colours.good : colours.bad;
    const word = isGood ? "OK" : "FAIL";
    const points = `${check.points}/${check.worth}`;
    const line = [
      check.name.padEnd(width),
      colour(word) + " ".repeat(aligned ? 4 - word.length : 0),
      points.padStart(aligned ? 5 : 0),
      isGood ? check.detail : check.reason,
    ].join(" ").trimEnd();
    return wide ? [line, colours.faint(`  ${describeProof(check)}`)] : [line];
  });
}

/** Source and time of a check's proof. */
function describeProof({ source, time, state }: StatusCheck): string {
  const proven = time === null ? "never proven" : `proven ${time}`;
  const doubt = state === "unknown" ? ", result unknown" : "";
  return source === "" ? proven + doubt : `${proven} by ${source}${doubt}`;
}

function renderAgent({ agent }: WrapperStatus): string[] {
  if (!agent.connected) {
    return [`eBPF Agent: ${agent.reason ?? "not connected"}`];
  }
  const uptime = agent.uptimeSeconds === null
    ? ""
    : `, ${renderAge(agent.uptimeSeconds)} uptime`;
  return [
    `Enforcement: ${agent.vectors ?? 0} vectors active (${agent.mode ?? "?"})`,
    `eBPF Agent: ${agent.name ?? agent.version ?? "?"} (Running${uptime})`,
  ];
}

function renderVault({ vault }: WrapperStatus): string[] {
  if (vault.state === "unused") return [];
  const ttl = vault.leaseTtlSeconds === null
    ? ""
    : `, lease TTL ${Math.floor(vault.leaseTtlSeconds)}s`;
  return [`Vault: ${vault.address ?? "unknown"} (${vault.state}${ttl})`];
}

function renderMore(
  { band, minimum, isBelow }: FleetWrapper,
  status: WrapperStatus,
): string[] {
  const { application, version, uptimeSeconds, required, facts } = status;
  return [
    `Assessment: ${BAND_TITLES[band]}`,
    `Minimum: ${minimum} (${isBelow ? "below it" : "reached"})`,
    ...known("Required", required.join(", ")),
    `Application: ${application.state}`,
    `Wrapper: ${version ?? "?"}, up ${renderAge(uptimeSeconds)}`,
    ...facts.map(({ name, value }) => `${name}: ${value}`),
  ];
}

function known(name: string, value: string | null | undefined): string[] {
  return value ? [`${name}: ${value}`] : [];
}
