/** The machine that measures, and whether it is busy with something else. */
import { sleep } from "../until.ts";

/** Above this share of all processors, figures are too high. */
const QUIET_PERCENT = 5;
const LOOK_MS = 2_000;

/** The machine. */
export interface MachineFigures {
  readonly kernel: string;
  readonly processors: number;
  readonly processor: string;
  readonly deno: string;
  readonly date: string;
  /** Percent of all processors that others used, before and after the benchmark. */
  readonly busyPercent: readonly [before: number, after: number];
}

/** The machine, with how busy it was before. */
export function describeMachine(
  busyPercent: MachineFigures["busyPercent"],
): MachineFigures {
  const model = /model name\s*: (.*)/.exec(
    Deno.readTextFileSync("/proc/cpuinfo"),
  );
  return {
    kernel: Deno.osRelease(),
    processors: navigator.hardwareConcurrency,
    processor: model?.[1] ?? "unknown",
    deno: Deno.version.deno,
    date: new Date().toISOString().slice(0, 10),
    busyPercent,
  };
}

/** Percent of all processors that are in use while this process waits. */
export async function measureBusy(): Promise<number> {
  const read = () => Deno.readTextFileSync("/proc/stat");
  const before = read();
  await sleep(LOOK_MS);
  return busyBetween(before, read());
}

/** Percent of all processors that were not idle between two contents of /proc/stat. */
export function busyBetween(before: string, after: string): number {
  const [a, b] = [before, after].map((stat) =>
    (/^cpu +(.*)$/m.exec(stat)?.[1] ?? "").split(" ").map(Number)
  );
  // Time of guests is part of user time.
  const spent = (b ?? []).map((ticks, i) => ticks - (a?.[i] ?? 0)).slice(0, 8);
  const all = spent.reduce((sum, ticks) => sum + ticks, 0);
  const idle = (spent[3] ?? 0) + (spent[4] ?? 0);
  return all === 0 ? 0 : Math.round((all - idle) / all * 100);
}

/** What others used of the processors, with a warning when it was much. */
export function renderLoad(
  { processors, busyPercent }: MachineFigures,
): string {
  const [before, after] = busyPercent;
  const load =
    `Other work used ${before} % of ${processors} processors before the measurements, ${after} % after them.`;
  return Math.max(before, after) <= QUIET_PERCENT
    ? load
    : `WARNING: ${load} Times on the clock are worthless, processor times are too high: compare the minimum.`;
}
