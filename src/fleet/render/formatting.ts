/** Texts that several output formats share. Pure. */
import { BAND_TITLES } from "@/protocol/status.ts";
import type {
  BandOrUnknown,
  Fleet,
  FleetWrapper,
} from "@/fleet/collect/fleet.ts";

/** Titles of all bands. */
export const TITLES: Readonly<Record<BandOrUnknown, string>> = {
  ...BAND_TITLES,
  unknown: "Unknown",
};

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
