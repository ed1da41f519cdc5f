/**
 * Renders the figures and their targets as a table. A missed target fails
 * nothing.
 */
import type { AgentFigures, Calls } from "./agent.ts";
import type { Summary } from "./command.ts";
import type { IdleFigures, ManyFigures } from "./idle.ts";
import type { ReapingFigures } from "./reaping.ts";
import type { StartFigures } from "./start.ts";

/** Everything that was measured. */
export interface Figures {
  readonly machine: Readonly<Record<string, string | number>>;
  readonly start: StartFigures;
  readonly idle: IdleFigures;
  readonly reaping: ReapingFigures;
  readonly many: readonly ManyFigures[];
  readonly binaryBytes: number;
  readonly agent: AgentFigures;
}

/** One line of the table: what, its value, and for some a target and whether it is met. */
type Row = readonly [
  what: string,
  value: string,
  target?: string,
  met?: boolean,
];

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
  const overheads = (after: Calls) => {
    const all = Object.entries(agent.without).map(([name, count]) =>
      [name, (after[name] ?? NaN) / count * 100 - 100] as const
    );
    const text = all.map(([name, more]) =>
      `${name.replaceAll("_", "+")} ${more.toFixed(1)} %`
    ).join(", ");
    return { text, ofOpen: new Map(all).get("open_read_close") ?? Infinity };
  };
  const { text, ofOpen } = overheads(agent.beside);
  const title = `agent (${agent.kernel}): unrelated process`;
  return [
    [title, text, "open+read+close 3 %", ofOpen < 3],
    ["  with 10,000 protected processes", overheads(agent.besideMany).text],
    ["  protected process", overheads(agent.protectedProcess).text],
    [
      "  one of 10,000 protected processes",
      overheads(agent.manyProtected).text,
    ],
    [
      "  load, attach, self-test until ready; remove (emulated)",
      `${agent.startMs} ms; ${agent.removeMs} ms`,
    ],
    ["  private memory", `${agent.memoryMib} MiB`],
  ];
}

function compareStart(start: StartFigures): Row[] {
  const factor = start.timesDeno.median;
  const { all: proofs = Infinity, ...eachProof } = start.proofs;
  return [
    [
      "exec to main, 3 secrets over TLS",
      `${ms(start.secrets)}, ${factor.toFixed(1)} x deno run`,
      "4 x deno run",
      factor <= 4,
    ],
    ["  deno run of an empty file", ms(start.deno)],
    ["  bao agent, the same", ms(start.baoAgent)],
    ...parts(start.split),
    ["exec to main, no secrets", ms(start.init)],
    ["  tini", ms(start.tini)],
    ["all proofs together", `${proofs} ms`, "25 ms", proofs <= 25],
    ...parts(eachProof),
    ["  without secrets", `${start.coldProofs.all} ms`],
  ];
}

function parts(times: Readonly<Record<string, number>>): Row[] {
  return Object.entries(times).map(([name, time]) => [
    `    ${name}`,
    `${time.toFixed(1)} ms`,
  ]);
}

function compareMemory({ idle: { memory } }: Figures): Row[] {
  const own = mebibytes(memory.anonymous + memory.memfd);
  const anonymous = `${mebibytes(memory.anonymous)} anonymous`;
  const value = `${own} MiB (${anonymous}, ${mebibytes(memory.memfd)} memfd)`;
  const rss = mebibytes(memory.rss);
  return [
    ["private memory when idle", value, "16 MiB", own < 16],
    ["RSS when idle", `${rss} MiB`, "52 MiB", rss < 52],
  ];
}

function compareIdle({ idle, reaping, binaryBytes }: Figures): Row[] {
  const { cpuPercent, cpuPercentUnproven, seconds } = idle;
  const factor = reaping.wrapper.median / reaping.tini.median;
  const size = `${(binaryBytes / 1e6).toFixed(1)} MB`;
  return [
    [
      `idle CPU over ${seconds} s`,
      `${cpuPercent} %`,
      "0.1 %",
      cpuPercent < 0.1,
    ],
    ["  without proofs", `${cpuPercentUnproven} %`],
    [
      "reaping 1,000 orphans",
      `${ms(reaping.wrapper)}, ${factor.toFixed(2)} x tini`,
      "2 x tini",
      factor <= 2,
    ],
    ["  tini", ms(reaping.tini)],
    ["binary", size, "105 MB", binaryBytes < 105e6],
  ];
}

/** Linear: ten times the secrets cost at most ten times of everything. */
function compareMany(many: readonly ManyFigures[]): Row[] {
  const rows = many.map(({ secrets, start, memory }): Row => {
    const own = mebibytes(memory.anonymous + memory.memfd);
    const arenas = `${memory.secretmem / 1024} KiB in arenas`;
    const locked = `${memory.locked / 1024} KiB locked`;
    return [
      `${secrets} secrets in ${secrets} paths`,
      `${ms(start)}, ${own} MiB private, ${arenas}, ${locked}`,
    ];
  });
  const [few, lots] = many;
  if (!few || !lots) return rows;
  const limit = lots.secrets / few.secrets;
  const growth = [
    lots.start.median / few.start.median,
    (lots.memory.anonymous + lots.memory.memfd) /
    (few.memory.anonymous + few.memory.memfd),
    lots.memory.secretmem / few.memory.secretmem,
  ];
  return [...rows, [
    "  time, memory, arenas grow by",
    growth.map((factor) => factor.toFixed(1)).join(", "),
    `${limit} at most`,
    Math.max(...growth) <= limit,
  ]];
}

function mebibytes(bytes: number): number {
  return Math.round(bytes / 1024 / 1024 * 10) / 10;
}

function ms({ median, min, n }: Summary): string {
  return `${median.toFixed(1)} ms (min ${min.toFixed(1)}, n=${n})`;
}

/** The table as text. */
export function renderTable(rows: readonly Row[]): string {
  const wide = Math.max(...rows.map(([what]) => what.length)) + 2;
  return rows.map(([what, value, target, isMet]) => {
    const verdict = isMet ? "met" : "NOT MET";
    const end = target === undefined ? "" : `  [target ${target}: ${verdict}]`;
    return `${what.padEnd(wide)}${value}${end}`;
  }).join("\n");
}
