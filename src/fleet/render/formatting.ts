/** Texts that several output formats share. Pure. */
import type {
  BandOrUnknown,
  Fleet,
  FleetWrapper,
} from "@/fleet/collect/fleet.ts";

/** Titles of the bands in the specification. */
export const BAND_TITLES: Readonly<Record<BandOrUnknown, string>> = {
  full: "Full protection",
  strong: "Strong protection",
  partial: "Partial protection",
  insufficient: "Insufficient",
  unknown: "Unknown",
};

/** `14h`, `5m`, `12s`: the largest unit, as kubectl does. */
export function renderAge(seconds: number): string {
  if (seconds < 120) return `${Math.floor(seconds)}s`;
  if (seconds < 7200) return `${Math.floor(seconds / 60)}m`;
  if (seconds < 172_800) return `${Math.floor(seconds / 3600)}h`;
  return `${Math.floor(seconds / 86_400)}d`;
}

/** `60/75`, or `unknown`. */
export function renderScore({ status }: FleetWrapper): string {
  return status?.score == null
    ? "unknown"
    : `${status.score}/${status.maximum}`;
}

/** `-` for a missing text. */
export function orDash(text: string | null | undefined): string {
  return text ? text : "-";
}

/** `3 pods`, `1 pod`. */
export function count(number: number, thing: string): string {
  return `${number} ${thing}${number === 1 ? "" : "s"}`;
}

/** Summary of the fleet in one sentence. */
export function summarize(fleet: Fleet): string {
  const { wrappers, counts, below, minimum } = fleet;
  const parts =
    (["full", "strong", "partial", "insufficient", "unknown"] as const)
      .filter((band) => counts[band] > 0)
      .map((band) => `${counts[band]} ${band}`);
  const bar = minimum === undefined
    ? "their own minimum"
    : `the minimum of ${minimum}`;
  const end = below > 0 ? `; ${below} below ${bar}` : "";
  return `${count(wrappers.length, "wrapper")}: ${parts.join(", ")}${end}`;
}
