/**
 * A wrapper's status: the fields of /v1/status that `status` reads, and its text
 * in the fixed text layout that `check` and `status` share.
 */
import type { ProcessIdentity } from "@/base/process_identity.ts";
import type { Band } from "@/score/score.ts";

/** One check. */
export interface StatusCheck {
  readonly name: string;
  readonly points: number;
  readonly worth: number;
  readonly state: "in_force" | "absent" | "unknown";
  /** Why it fails. */
  readonly reason: string;
  /** What protects, when it passes. */
  readonly detail: string;
  readonly source: string;
  /** Time of the proof, ISO 8601; null when the check was never proven. */
  readonly time: string | null;
}

/** The JSON of /v1/status. Field names are a contract. */
export interface WrapperStatus {
  readonly version: string | null;
  readonly uptimeSeconds: number;
  readonly process: ProcessIdentity | null;
  readonly sealed: boolean;
  readonly pod: string | null;
  readonly namespace: string | null;
  readonly node: string | null;
  readonly score: number | null;
  readonly maximum: number | null;
  readonly band: Band | null;
  readonly minimum: number;
  readonly required: readonly string[];
  readonly checks: readonly StatusCheck[];
  readonly facts: readonly {
    readonly name: string;
    readonly value: string;
    readonly source: string;
  }[];
  readonly application: { readonly state: string };
  readonly vault: {
    readonly state: string;
    /** `host:port`. */
    readonly address: string | null;
    readonly leaseTtlSeconds: number | null;
  };
  readonly agent: {
    readonly connected: boolean;
    readonly reason: string | null;
    readonly name: string | null;
    readonly version: string | null;
    readonly mode: string | null;
    readonly vectors: number | null;
    readonly uptimeSeconds: number | null;
  };
}

/** Titles of the bands; fixed text. */
export const BAND_TITLES: Readonly<Record<Band, string>> = {
  full: "Full protection",
  strong: "Strong protection",
  partial: "Partial protection",
  insufficient: "Insufficient",
};

/** How to render checks. */
export interface CheckLayout {
  /** Aligns columns, for a terminal. */
  readonly aligned: boolean;
  /** Colours OK and FAIL. */
  readonly colour?: (word: string, isGood: boolean) => string;
}

/** One line for each check. */
export function renderChecks(
  checks: readonly StatusCheck[],
  { aligned, colour = (word) => word }: CheckLayout,
): string[] {
  const longest = Math.max(0, ...checks.map(({ name }) => name.length));
  return checks.map(({ name, state, points, worth, detail, reason }) => {
    const isGood = state === "in_force";
    const word = isGood ? "OK" : "FAIL";
    return [
      name.padEnd(aligned ? longest + 2 : 0),
      colour(word, isGood) + " ".repeat(aligned ? 4 - word.length : 0),
      `${points}/${worth}`.padStart(aligned ? 5 : 0),
      isGood ? detail : reason,
    ].join(" ").trimEnd();
  });
}

/** The lines about agent and Vault. */
export function renderServices({ agent, vault }: WrapperStatus): string[] {
  const uptime = agent.uptimeSeconds === null
    ? ""
    : `, ${renderAge(agent.uptimeSeconds)} uptime`;
  const ttl = vault.leaseTtlSeconds === null
    ? ""
    : `, lease TTL ${Math.floor(vault.leaseTtlSeconds)}s`;
  return [
    ...(agent.connected
      ? [
        `Enforcement: ${agent.vectors ?? 0} vectors active (${
          agent.mode ?? "?"
        })`,
        `eBPF Agent: ${agent.name ?? agent.version ?? "?"} (Running${uptime})`,
      ]
      : [`eBPF Agent: ${agent.reason ?? "not connected"}`]),
    ...(vault.state === "unused"
      ? []
      : [`Vault: ${vault.address ?? "unknown"} (${vault.state}${ttl})`]),
  ];
}

/** `name: value`, or nothing for an unknown value. */
export function renderKnown(
  name: string,
  value: string | null | undefined,
): string[] {
  return value ? [`${name}: ${value}`] : [];
}

/** `14h`, `5m`, `12s`: the largest unit, as kubectl does. */
export function renderAge(seconds: number): string {
  if (seconds < 120) return `${Math.floor(seconds)}s`;
  if (seconds < 7200) return `${Math.floor(seconds / 60)}m`;
  if (seconds < 172_800) return `${Math.floor(seconds / 3600)}h`;
  return `${Math.floor(seconds / 86_400)}d`;
}

/**
 * A header that `status` sends. Through the API server's proxy its Host is the
 * API server; this header distinguishes it from a web page that reaches a
 * forwarded port by DNS rebinding. A page's script cannot set a header that
 * begins with Sec- (Fetch standard, forbidden request-header).
 */
export const TOOL_HEADER = "sec-cloudtaser-status";
