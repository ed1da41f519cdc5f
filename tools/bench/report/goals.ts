/** The figures as rows of a table, with their goals. A missed goal fails nothing. */
import type { Figures } from "./figures.ts";
import { listFurtherRows } from "./further_rows.ts";
import type { PeerFigures } from "../idle.ts";
import type { Memory } from "../idle_process.ts";
import type { NotRun } from "../peers.ts";
import {
  listProducts,
  mebibytes,
  megabytes,
  renderMs,
  renderNotRun,
  type Row,
} from "./rows.ts";
import type { Situation, Times } from "../start.ts";

/** A limit, or a multiple of secret-init's time in the same run. */
type Goal = { readonly most: number } | {
  readonly times: number;
  /** Milliseconds of secret-init 0.4.0 in an earlier run on such a machine (2 processors, November 2026). */
  readonly recorded: number;
};

/** A row of a start. */
interface StartRow {
  readonly what: string;
  readonly situation: Situation;
  readonly time: keyof Times;
  readonly goal: Goal;
}

const SECRET_INIT = "secret-init";

const START_ROWS: readonly StartRow[] = [
  {
    what: "processor time, 3 secrets over TLS, exec to exit",
    situation: "three",
    time: "cpu",
    goal: { most: 100 },
  },
  {
    what: "clock, 3 secrets over TLS, exec to main",
    situation: "three",
    time: "main",
    goal: { most: 60 },
  },
  {
    what: "clock, half a core, exec to exit",
    situation: "half",
    time: "exit",
    goal: { times: 3, recorded: 65 },
  },
  {
    what: "clock, a fifth of a core, exec to exit",
    situation: "fifth",
    time: "exit",
    goal: { times: 3, recorded: 194 },
  },
  {
    what: "processor time without secrets, exec to exit",
    situation: "noSecrets",
    time: "cpu",
    goal: { most: 45 },
  },
  {
    what: "processor time of --version",
    situation: "version",
    time: "cpu",
    goal: { most: 22 },
  },
  {
    what: "clock, 100 paths, exec to main",
    situation: "hundred",
    time: "main",
    goal: { times: 1, recorded: 110 },
  },
  {
    what: "clock, 1,000 paths, exec to main",
    situation: "thousand",
    time: "main",
    goal: { most: 500 },
  },
];

const GOALS = { memoryMib: 12, binaryMb: 100, proofsMs: 10 };

/** All rows: those with a goal first, each followed by the same of other programs. */
export function listRows(figures: Figures): Row[] {
  const missing = Object.entries(figures.peers).flatMap(([name, peer]) =>
    "notRun" in peer ? [{ what: name, value: renderNotRun(peer) }] : []
  );
  return [
    ...missing,
    ...START_ROWS.flatMap((row) => listStart(row, figures)),
    ...listMemory(figures),
    ...listSizes(figures),
    ...listRounds(figures),
    ...listFurtherRows(figures),
  ];
}

function listStart(row: StartRow, { start, products, peers }: Figures): Row[] {
  const { what, situation, time, goal } = row;
  const [[, first], ...others] = Object.entries(start[situation]) as [
    [string, Times | NotRun],
    ...[string, Times | NotRun][],
  ];
  const value = (times: Times | NotRun) =>
    "notRun" in times ? renderNotRun(times) : renderMs(times[time]);
  // A program that is not there has one row of its own.
  const isThere = ([name]: [string, unknown]) =>
    name in products || !("notRun" in (peers[name] ?? {}));
  const rows = others.filter(isThere)
    .map(([name, times]) => ({ what: `  ${name}`, value: value(times) }));
  if ("notRun" in first) return [{ what, value: value(first) }, ...rows];
  const reference = start[situation][SECRET_INIT];
  const judged = judge(first[time].median, goal, reference, time);
  return [{ what, value: value(first), ...judged }, ...rows];
}

/** Judges the median. */
function judge(
  median: number,
  goal: Goal,
  reference: Times | NotRun | undefined,
  time: keyof Times,
): { readonly goal: string; readonly isMet: boolean } {
  if ("most" in goal) {
    return { goal: `at most ${goal.most} ms`, isMet: median <= goal.most };
  }
  const isRun = reference !== undefined && !("notRun" in reference);
  const base = isRun ? reference[time].median : goal.recorded;
  const where = isRun ? "in this run" : "recorded earlier";
  const name = `${SECRET_INIT}, ${base} ms ${where}`;
  return goal.times === 1 ? { goal: `under ${name}`, isMet: median < base } : {
    goal: `at most ${goal.times} x ${name}`,
    isMet: median <= goal.times * base,
  };
}

/** Anonymous memory and the content of memfds: what exists once more for each process. */
function privateMib({ anonymous, memfd }: Memory): number {
  return mebibytes(anonymous + memfd);
}

function listMemory(figures: Figures): Row[] {
  const render = (memory: Memory) =>
    `${privateMib(memory)} MiB (RSS ${mebibytes(memory.rss)})`;
  const rows = listProducts(
    figures,
    "private memory at rest, 3 secrets",
    ({ idle }) => render(idle.memory[0]),
    {
      goal: `at most ${GOALS.memoryMib} MiB`,
      isMet: ({ idle }) => privateMib(idle.memory[0]) <= GOALS.memoryMib,
    },
  );
  return [...rows, ...listPeers(figures, ({ memory }) => render(memory))];
}

/** A row of each other program that was run. */
function listPeers(
  { peers }: Figures,
  render: (peer: PeerFigures) => string,
): Row[] {
  return Object.entries(peers).flatMap(([name, peer]) =>
    "notRun" in peer ? [] : [{ what: `  ${name}`, value: render(peer) }]
  );
}

function listSizes(figures: Figures): Row[] {
  const binary = listProducts(
    figures,
    "binary",
    ({ size }) => megabytes(size.binary),
    {
      goal: `at most ${GOALS.binaryMb} MB`,
      isMet: ({ size }) => size.binary <= GOALS.binaryMb * 1e6,
    },
  );
  const peers = listPeers(figures, ({ bytes }) => megabytes(bytes));
  const image = listProducts(
    figures,
    "image, compressed",
    ({ size }) =>
      Object.entries(size.image).map(([name, bytes]) =>
        `${name} ${megabytes(bytes)}`
      ).join(", "),
  );
  return [...binary, ...peers, ...image];
}

function listRounds(figures: Figures): Row[] {
  return [
    ...listProducts(
      figures,
      "processor time of one round of proofs, every second",
      ({ idle }) => `${idle.proofsMs.toFixed(1)} ms`,
      {
        goal: `at most ${GOALS.proofsMs} ms`,
        isMet: ({ idle }) => idle.proofsMs <= GOALS.proofsMs,
      },
    ),
    ...listProducts(
      figures,
      "processor time of one renewal of a token",
      ({ idle }) => `${idle.renewalMs.toFixed(1)} ms`,
    ),
  ];
}
