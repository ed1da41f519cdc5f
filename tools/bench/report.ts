/**
 * Renders the figures and their targets as a table. A missed target fails
 * nothing.
 */
import type { AgentFigures, Calls } from "./agent.ts";
import type { ManyFigures } from "./many.ts";
import type { ReapingFigures } from "./reaping.ts";
import { mebibytes, type Memory } from "./idle.ts";
import type { Summary } from "./series.ts";
import type { StartFigures } from "./start.ts";

/** Everything that was measured. */
export interface Figures {
  readonly machine: Readonly<Record<string, string | number>>;
  readonly start: StartFigures;
  readonly idle: {
    readonly memory: Memory;
    readonly idleCpuPercent: number;
    /** Without the proofs on an interval. */
    readonly idleUnprovenPercent: number;
    readonly idleSeconds: number;
  };
  readonly reaping: ReapingFigures;
  readonly many: readonly ManyFigures[];
  readonly binaryBytes: number;
  readonly agent: AgentFigures;
}

/** One line of the table. */
interface Row {
  readonly what: string;
  readonly value: string;
  readonly target?: string;
  readonly isMet?: boolean;
}

/** The figures with their targets. */
export function compare(figures: Figures): Row[] {
  return [
    ...compareStart(figures.start),
    ...compareMemory(figures),
    ...compareIdle(figures),
    ...compareMany(figures.many),
    ...compareAgent(figures.agent),
  ];
}

/** Overheads are instructions in per cent of the same call without the agent. */
function compareAgent(agent: AgentFigures): Row[] {
  const unrelated = overhead(agent.without, agent.beside);
  const target = "open+read+close 3 %";
  return [
    {
      what: `agent (${agent.kernel}): unrelated process`,
      value: percents(unrelated),
      target,
      isMet: (unrelated.open_read_close ?? Infinity) < 3,
    },
    {
      what: "  with 10,000 protected processes",
      value: percents(overhead(agent.without, agent.besideMany)),
    },
    {
      what: "  protected process",
      value: percents(overhead(agent.without, agent.protectedProcess)),
    },
    {
      what: "  one of 10,000 protected processes",
      value: percents(overhead(agent.without, agent.manyProtected)),
    },
    {
      what: "  load, attach, self-test until ready; remove (emulated)",
      value: `${agent.startMs} ms; ${agent.removeMs} ms`,
    },
    { what: "  private memory", value: `${agent.memoryMib} MiB` },
  ];
}

function overhead(before: Calls, after: Calls): Calls {
  return Object.fromEntries(
    Object.entries(before).map((
      [name, count],
    ) => [name, (after[name] ?? NaN) / count * 100 - 100]),
  );
}

function percents(calls: Calls): string {
  return Object.entries(calls)
    .map(([name, more]) => `${name.replaceAll("_", "+")} ${more.toFixed(1)} %`)
    .join(", ");
}

function compareStart(start: StartFigures): Row[] {
  const factor = start.timesDeno.median;
  return [
    {
      what: "exec to main, 3 secrets over TLS",
      value: `${ms(start.secrets)}, ${factor.toFixed(1)} x deno run`,
      target: "4 x deno run",
      isMet: factor <= 4,
    },
    { what: "  deno run of an empty file", value: ms(start.deno) },
    { what: "  bao agent, the same", value: ms(start.baoAgent) },
    ...parts(start.split),
    { what: "exec to main, no secrets", value: ms(start.init) },
    { what: "  tini", value: ms(start.tini) },
    {
      what: "all proofs together",
      value: `${start.proofs.all} ms`,
      target: "25 ms",
      isMet: (start.proofs.all ?? Infinity) <= 25,
    },
    ...parts(start.proofs).filter((row) => row.what.trim() !== "all"),
    { what: "  without secrets", value: `${start.coldProofs.all} ms` },
  ];
}

function parts(times: Readonly<Record<string, number>>): Row[] {
  return Object.entries(times).map(([name, time]) => ({
    what: `    ${name}`,
    value: `${time.toFixed(1)} ms`,
  }));
}

function compareMemory({ idle: { memory } }: Figures): Row[] {
  const privateMib = mebibytes(memory.anonymous + memory.memfd);
  return [
    {
      what: "private memory when idle",
      value: `${privateMib} MiB (${mebibytes(memory.anonymous)} anonymous, ${
        mebibytes(memory.memfd)
      } memfd)`,
      target: "16 MiB",
      isMet: privateMib < 16,
    },
    {
      what: "RSS when idle",
      value: `${mebibytes(memory.rss)} MiB`,
      target: "52 MiB",
      isMet: mebibytes(memory.rss) < 52,
    },
  ];
}

function compareIdle({ idle, reaping, binaryBytes }: Figures): Row[] {
  const { idleCpuPercent, idleUnprovenPercent, idleSeconds } = idle;
  const factor = reaping.wrapper.median / reaping.tini.median;
  return [
    {
      what: `idle CPU over ${idleSeconds} s`,
      value: `${idleCpuPercent} %`,
      target: "0.1 %",
      isMet: idleCpuPercent < 0.1,
    },
    { what: "  without proofs", value: `${idleUnprovenPercent} %` },
    {
      what: "reaping 1,000 orphans",
      value: `${ms(reaping.wrapper)}, ${factor.toFixed(2)} x tini`,
      target: "2 x tini",
      isMet: factor <= 2,
    },
    { what: "  tini", value: ms(reaping.tini) },
    {
      what: "binary",
      value: `${(binaryBytes / 1e6).toFixed(1)} MB`,
      target: "105 MB",
      isMet: binaryBytes < 105e6,
    },
  ];
}

/** Linear: ten times the secrets cost at most ten times of everything. */
function compareMany(many: readonly ManyFigures[]): Row[] {
  const rows = many.map(({ secrets, start, memory }) => ({
    what: `${secrets} secrets in ${secrets} paths`,
    value: `${ms(start)}, ${
      mebibytes(memory.anonymous + memory.memfd)
    } MiB private, ${memory.secretmem / 1024} KiB in arenas, ${
      memory.locked / 1024
    } KiB locked`,
  }));
  const [few, lots] = many;
  if (!few || !lots) return rows;
  const factor = lots.secrets / few.secrets;
  const time = lots.start.median / few.start.median;
  const memory = (lots.memory.anonymous + lots.memory.memfd) /
    (few.memory.anonymous + few.memory.memfd);
  const locked = lots.memory.secretmem / few.memory.secretmem;
  const value = [time, memory, locked].map((x) => x.toFixed(1)).join(", ");
  return [...rows, {
    what: `  time, memory, arenas grow by`,
    value,
    target: `${factor} at most`,
    isMet: Math.max(time, memory, locked) <= factor,
  }];
}

function ms({ median, min, n }: Summary): string {
  return `${median.toFixed(1)} ms (min ${min.toFixed(1)}, n=${n})`;
}

/** The table as text. */
export function renderTable(rows: readonly Row[]): string {
  const wide = Math.max(...rows.map((row) => row.what.length)) + 2;
  return rows.map(({ what, value, target, isMet }) => {
    const end = target === undefined
      ? ""
      : `  [target ${target}: ${isMet ? "met" : "NOT MET"}]`;
    return `${what.padEnd(wide)}${value}${end}`;
  }).join("\n");
}
