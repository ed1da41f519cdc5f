/**
 * Text output for one wrapper: exactly the specification's CLI layout, without
 * lines for unknown values. `wide` adds lines that the specification lacks.
 */
import type { FleetWrapper } from "@/fleet/collect/fleet.ts";
import {
  renderAge,
  renderChecks,
  renderKnown,
  renderServices,
  type StatusCheck,
  type WrapperStatus,
} from "@/protocol/status.ts";
import type { Colours } from "./colours.ts";
import { renderScore, TITLES } from "./formatting.ts";

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
    ...renderKnown("Pod", target.pod || status?.pod),
    ...renderKnown("Namespace", target.namespace || status?.namespace),
    ...renderKnown("Node", target.node ?? status?.node),
    `Protection Score: ${score}${error ? ` (${error})` : ""}`,
  ];
  if (status) {
    lines.push(
      ...renderCheckLines(status.checks, options),
      ...renderServices(status),
      ...(wide ? renderMore(wrapper, status) : []),
    );
  }
  return `${lines.join("\n")}\n`;
}

function renderCheckLines(
  checks: readonly StatusCheck[],
  { colours, aligned, wide }: TextViewOptions,
): string[] {
  const lines = renderChecks(checks, {
    aligned,
    colour: (word, isGood) => (isGood ? colours.good : colours.bad)(word),
  });
  if (!wide) return lines;
  return checks.flatMap((check, index) => [
    lines[index] ?? "",
    colours.faint(`  ${describeProof(check)}`),
  ]);
}

/** Source and time of a check's proof. Only what is in force is proven. */
function describeProof({ source, time, state }: StatusCheck): string {
  if (time === null) {
    return source === "" ? "never proven" : `never proven by ${source}`;
  }
  const doubt = state === "unknown" ? ", result unknown" : "";
  if (state !== "in_force") {
    return `checked ${time}${source && `: ${source}`}${doubt}`;
  }
  return `proven ${time}${source && ` by ${source}`}`;
}

function renderMore(
  { band, minimum, isBelow }: FleetWrapper,
  status: WrapperStatus,
): string[] {
  const { application, version, uptimeSeconds, required, facts } = status;
  return [
    `Assessment: ${TITLES[band]}`,
    `Minimum: ${minimum} (${isBelow ? "below it" : "reached"})`,
    ...renderKnown("Required", required.join(", ")),
    `Application: ${application.state}`,
    `Wrapper: ${version ?? "?"}, up ${renderAge(uptimeSeconds)}`,
    ...facts.map(({ name, value }) => `${name}: ${value}`),
  ];
}
