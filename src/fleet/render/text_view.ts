/**
 * One wrapper on a screen: the specification's CLI layout to the letter. Lines
 * about what is not known are left out. `wide` adds what it does not have.
 */
import type { Member } from "@/fleet/collect/fleet.ts";
import type { Paint } from "./paint.ts";
import type {
  StatusCheck,
  WrapperStatus,
} from "@/fleet/collect/status_shape.ts";
import { renderAge, renderScore, STANDING_TITLES } from "./words.ts";

/** How it is written. */
export interface SheetOptions {
  readonly paint: Paint;
  /** Checks in columns, for a terminal. */
  readonly aligned: boolean;
  readonly wide: boolean;
}

/** The lines, each with its line feed. */
export function renderSheet(member: Member, options: SheetOptions): string {
  const { subject, status, silence, standing } = member;
  const { paint, wide } = options;
  const score = paint.standing(standing)(renderScore(member));
  const lines = [
    ...known("Pod", subject.pod || status?.pod),
    ...known("Namespace", subject.namespace || status?.namespace),
    ...known("Node", subject.node ?? status?.node),
    `Protection Score: ${score}${silence ? ` (${silence})` : ""}`,
  ];
  if (status) {
    lines.push(
      ...renderChecks(status.checks, options),
      ...renderAgent(status),
      ...renderVault(status),
      ...(wide ? renderMore(member, status) : []),
    );
  }
  return `${lines.join("\n")}\n`;
}

function renderChecks(
  checks: readonly StatusCheck[],
  { paint, aligned, wide }: SheetOptions,
): string[] {
  const longest = Math.max(0, ...checks.map(({ name }) => name.length));
  const width = aligned ? longest + 2 : 0;
  return checks.flatMap((check) => {
    const isGood = check.state === "in_force";
    const brush = isGood ? paint.good : paint.bad;
    const word = isGood ? "OK" : "FAIL";
    const points = `${check.points}/${check.worth}`;
    const line = [
      check.name.padEnd(width),
      brush(word) + " ".repeat(aligned ? 4 - word.length : 0),
      points.padStart(aligned ? 5 : 0),
      isGood ? check.detail : check.reason,
    ].join(" ").trimEnd();
    return wide ? [line, paint.faint(`  ${describeProof(check)}`)] : [line];
  });
}

/** Where a check's word comes from, and of when it is. */
function describeProof({ source, time, state }: StatusCheck): string {
  const proven = time === null ? "never proven" : `proven ${time}`;
  const doubt = state === "unknown" ? ", the proof says nothing" : "";
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
  { standing, minimum, isBelow }: Member,
  status: WrapperStatus,
): string[] {
  const { application, version, uptimeSeconds, required, facts } = status;
  return [
    `Assessment: ${STANDING_TITLES[standing]}`,
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
