/** The fleet: all wrappers, the lowest score first, with counts and the exit code. Pure. */
import { safeText } from "@/base/text.ts";
import { ALL_CHECKS } from "@/score/checks.ts";
import type { Band } from "@/score/score.ts";
import type { Probe } from "./probe.ts";
import { STATUS_EXIT } from "@/fleet/command/errors.ts";
import type { Target } from "@/fleet/kubernetes/pod.ts";
import type { StatusCheck, WrapperStatus } from "@/protocol/status.ts";

/** In a message. */
const MOST_NAMES = 10;

/** Unknown counts as unprotected. */
export type BandOrUnknown = Band | "unknown";

/** Worst first. */
export const BANDS: readonly BandOrUnknown[] = [
  "unknown",
  "insufficient",
  "partial",
  "strong",
  "full",
];

/** One wrapper of the fleet. */
export interface FleetWrapper {
  readonly target: Target;
  /** `web-1`, or `web-1:8198` in a pod with several wrappers. */
  readonly name: string;
  readonly status: WrapperStatus | undefined;
  readonly band: BandOrUnknown;
  /** Why there is no score. */
  readonly error: string | undefined;
  /** --min, or else the wrapper's own minimum. */
  readonly minimum: number;
  readonly isBelow: boolean;
  /** Position in the fleet; 0 is the lowest score. */
  readonly rank: number;
}

/** Everything that a report shows. */
export interface Fleet {
  /** Milliseconds since the epoch. */
  readonly at: number;
  /** Cluster and namespace, for display. */
  readonly place: string;
  /** --min; undefined: each wrapper has its own minimum. */
  readonly minimum: number | undefined;
  readonly wrappers: readonly FleetWrapper[];
  readonly counts: Readonly<Record<BandOrUnknown, number>>;
  readonly below: number;
  readonly code: number;
}

/** The facts of one round of probes. */
export type FleetOptions = Pick<Fleet, "at" | "place"> & {
  readonly minimum?: number | undefined;
};

/** Sorts and counts the wrappers. */
export function makeFleet(
  probes: readonly Probe[],
  { at, place, minimum }: FleetOptions,
): Fleet {
  const perPod = Map.groupBy(probes, ({ target }) => podOf(target));
  const wrappers = probes.map((probe) => {
    const isAlone = perPod.get(podOf(probe.target))?.length === 1;
    return makeWrapper(probe, isAlone, minimum);
  }).sort(compare).map((wrapper, rank) => ({ ...wrapper, rank }));
  const counts = Object.fromEntries(
    BANDS.map((band) => [
      band,
      wrappers.filter((wrapper) => wrapper.band === band).length,
    ]),
  ) as Record<BandOrUnknown, number>;
  const below = wrappers.filter((wrapper) => wrapper.isBelow).length;
  const isUnknown = counts.unknown > 0 || wrappers.length === 0;
  const code = below > 0
    ? STATUS_EXIT.below
    : isUnknown
    ? STATUS_EXIT.unknown
    : STATUS_EXIT.good;
  return { at, place, minimum, wrappers, counts, below, code };
}

function makeWrapper(
  { target, status, error }: Probe,
  isAlone: boolean,
  wanted: number | undefined,
): Omit<FleetWrapper, "rank"> {
  const { pod, port } = target;
  const minimum = wanted ?? status?.minimum ?? 0;
  return {
    target,
    name: isAlone || port === undefined ? pod : `${pod}:${port}`,
    status,
    error,
    band: status?.band ?? "unknown",
    minimum,
    isBelow: status?.score != null && status.score < minimum,
  };
}

function podOf({ namespace, pod }: Target): string {
  return `${namespace}/${pod}`;
}

type Unranked = Omit<FleetWrapper, "rank">;

function compare(a: Unranked, b: Unranked): number {
  return scoreOf(a) - scoreOf(b) ||
    compareText(a.target.namespace, b.target.namespace) ||
    compareText(a.target.pod, b.target.pod) ||
    (a.target.port ?? 0) - (b.target.port ?? 0);
}

/** Wrappers without a score come first. */
function scoreOf({ status }: Unranked): number {
  return status?.score ?? -1;
}

function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** Why the exit status is 1, in one line; undefined: it is not. */
export function describeBelow(
  { wrappers, minimum, below }: Fleet,
): string | undefined {
  if (below === 0) return undefined;
  const who = below === 1 ? "1 wrapper is" : `${below} wrappers are`;
  const limit = minimum === undefined ? "its minimum" : `--min ${minimum}`;
  const names = wrappers.filter(({ isBelow }) => isBelow).slice(0, MOST_NAMES)
    .map(({ name, status }) => `${name} (score ${status?.score})`);
  const more = below > MOST_NAMES ? ` and ${below - MOST_NAMES} more` : "";
  return safeText(`${who} below ${limit}: ${names.join(", ")}${more}`, 2000);
}

/** The checks that a wrapper does not pass. */
export function failedChecks({ status }: FleetWrapper): StatusCheck[] {
  return status?.checks.filter(({ state }) => state !== "in_force") ?? [];
}

/** Names of all checks in the fleet: the specification's in their order, then those of newer wrappers. */
export function checkNames({ wrappers }: Fleet): string[] {
  const known: readonly string[] = ALL_CHECKS.map(({ name }) => name);
  const seen = new Set(
    wrappers.flatMap(({ status }) => status?.checks ?? [])
      .map(({ name }) => name),
  );
  return [
    ...known.filter((name) => seen.has(name)),
    ...[...seen].filter((name) => !known.includes(name)).sort(),
  ];
}
