/** All findings together: who stands where, the lowest first, and what a script is told. Pure. */
import { ALL_CHECKS } from "@/score/checks.ts";
import type { Band } from "@/score/score.ts";
import type { Finding } from "./ask.ts";
import { STATUS_EXIT } from "@/fleet/command/failure.ts";
import type { Subject } from "@/fleet/kubernetes/pod.ts";
import type { StatusCheck, WrapperStatus } from "./status_shape.ts";

/** Where a wrapper stands; unknown is never taken for good. */
export type Standing = Band | "unknown";

/** Worst first. */
export const STANDINGS: readonly Standing[] = [
  "unknown",
  "insufficient",
  "partial",
  "strong",
  "full",
];

/** One wrapper in the fleet. */
export interface Member {
  readonly subject: Subject;
  /** `web-1`, or `web-1:8198` where its pod has several wrappers. */
  readonly name: string;
  readonly status: WrapperStatus | undefined;
  readonly standing: Standing;
  /** Why there is no score. */
  readonly silence: string | undefined;
  /** What it must reach: --min, or its own minimum. */
  readonly minimum: number;
  readonly isBelow: boolean;
  /** Its place in the fleet, 0 for the lowest. */
  readonly rank: number;
}

/** Everything that a report is made from. */
export interface Fleet {
  /** Milliseconds since the epoch. */
  readonly at: number;
  /** Where it was asked, for people. */
  readonly place: string;
  /** --min; undefined: every wrapper's own. */
  readonly minimum: number | undefined;
  readonly members: readonly Member[];
  readonly counts: Readonly<Record<Standing, number>>;
  readonly below: number;
  readonly code: number;
}

type Unranked = Omit<Member, "rank">;

/** How to look at findings. */
export interface FleetOptions {
  readonly at: number;
  readonly place: string;
  readonly minimum?: number | undefined;
}

/** Puts findings in order and counts them. */
export function makeFleet(
  findings: readonly Finding[],
  { at, place, minimum }: FleetOptions,
): Fleet {
  const wrappers = countWrappers(findings);
  const members = findings.map((finding) => ({
    ...makeMember(finding, minimum),
    name: nameSubject(finding.subject, wrappers),
  })).sort(compare).map((member, rank) => ({ ...member, rank }));
  const counts = {
    unknown: 0,
    insufficient: 0,
    partial: 0,
    strong: 0,
    full: 0,
  };
  for (const { standing } of members) counts[standing]++;
  const below = members.filter((member) => member.isBelow).length;
  const isUnknown = counts.unknown > 0 || members.length === 0;
  const code = below > 0
    ? STATUS_EXIT.below
    : isUnknown
    ? STATUS_EXIT.unknown
    : STATUS_EXIT.good;
  return { at, place, minimum, members, counts, below, code };
}

function makeMember(
  { subject, status, silence }: Finding,
  demanded: number | undefined,
): Omit<Member, "name" | "rank"> {
  const minimum = demanded ?? status?.minimum ?? 0;
  return {
    subject,
    status,
    silence,
    standing: status?.band ?? "unknown",
    minimum,
    isBelow: status?.score != null && status.score < minimum,
  };
}

/** How many each pod has. */
function countWrappers(findings: readonly Finding[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const { subject } of findings) {
    const key = keyOf(subject);
    counts.set(key, (counts.get(key) ?? 0) + 1);
  }
  return counts;
}

function nameSubject(
  subject: Subject,
  wrappers: ReadonlyMap<string, number>,
): string {
  const { pod, port } = subject;
  const isOne = (wrappers.get(keyOf(subject)) ?? 1) === 1;
  return isOne || port === undefined ? pod : `${pod}:${port}`;
}

function keyOf({ namespace, pod }: Subject): string {
  return `${namespace}/${pod}`;
}

function compare(a: Unranked, b: Unranked): number {
  return scoreOf(a) - scoreOf(b) ||
    compareText(a.subject.namespace, b.subject.namespace) ||
    compareText(a.subject.pod, b.subject.pod) ||
    (a.subject.port ?? 0) - (b.subject.port ?? 0);
}

/** Who says nothing comes first. */
function scoreOf({ status }: Unranked): number {
  return status?.score ?? -1;
}

function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** The checks that a wrapper does not pass. */
export function failedChecks({ status }: Member): StatusCheck[] {
  return status?.checks.filter(({ state }) => state !== "in_force") ?? [];
}

/** Every check that somebody has, in the specification's order, then those that it does not know. */
export function checkNames({ members }: Fleet): string[] {
  const known: readonly string[] = ALL_CHECKS.map(({ name }) => name);
  const seen = new Set(
    members.flatMap(({ status }) => status?.checks.map(({ name }) => name)),
  );
  const found = [...seen].filter((name) => name !== undefined);
  return [
    ...known.filter((name) => seen.has(name)),
    ...found.filter((name) => !known.includes(name)).sort(),
  ];
}
