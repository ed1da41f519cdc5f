/**
 * Measures starts: runs every program in every situation, interleaved, so that a
 * busy moment of the machine affects all of them.
 */
import { messageOf } from "../progress.ts";
import type { NotRun } from "./peers.ts";
import { BAO_AGENT, type Program, type Surroundings } from "./programs.ts";
import { Quota } from "./quota.ts";
import type { Secret } from "./server.ts";
import { summarize, type Summary } from "./summary.ts";
import type { CommandLine, Run } from "./workshop.ts";

/** Times of one program in one situation, milliseconds. */
export interface Times {
  /** From exec to the application's main; all zero without an application. */
  readonly main: Summary;
  readonly exit: Summary;
  /** Processor time, user and system, children included. */
  readonly cpu: Summary;
}

/** Situations, in the order in which a round visits them. */
export type Situation =
  | "version"
  | "noSecrets"
  | "three"
  | "half"
  | "fifth"
  | "hundred"
  | "thousand";

/** Times by situation and program. */
export type StartFigures = Readonly<
  Record<Situation, Readonly<Record<string, Times | NotRun>>>
>;

/** Rounds of each situation; fewer for `bao agent`, whose start takes two seconds. */
export type Rounds = Readonly<Record<Situation | "baoAgent", number>>;

/** What is started. */
export interface StartOptions extends Surroundings {
  readonly products: readonly Program[];
  readonly peers: readonly Program[];
  /** A thousand of them, each in a path of its own. */
  readonly many: readonly Secret[];
  readonly rounds: Rounds;
}

/** One program in one situation. */
interface Cell {
  readonly situation: Situation;
  readonly program: string;
  readonly command: CommandLine;
  /** The `cgroup.procs` of a control group. */
  readonly group?: string;
  /** A product must not fail; another program may. */
  readonly isProduct: boolean;
  readonly rounds: number;
  readonly runs: Run[];
  failure?: NotRun;
}

/** Measures; the first round of each is thrown away. @throws {Error} when a wrapper fails */
export async function measureStart(
  options: StartOptions,
): Promise<StartFigures> {
  const half = await Quota.open(0.5);
  await using _half = half instanceof Quota ? half : undefined;
  const fifth = await Quota.open(0.2);
  await using _fifth = fifth instanceof Quota ? fifth : undefined;
  const cells = [
    ...await makeBareCells(options),
    ...await makeCells(options, "three", options.server.three),
    ...await makeCells(options, "half", options.server.three, half),
    ...await makeCells(options, "fifth", options.server.three, fifth),
    ...await makeCells(options, "hundred", options.many.slice(0, 100)),
    ...await makeCells(options, "thousand", options.many),
  ];
  await runInterleaved(options, cells);
  return collect(cells);
}

/** Starts without secrets and without an application, next to tini and Deno. */
async function makeBareCells(
  { workshop, server, products, rounds }: StartOptions,
): Promise<Cell[]> {
  const surroundings = { workshop, server };
  const application = await workshop.application([]);
  const bare = (
    situation: Situation,
    program: string,
    command: CommandLine,
    isProduct = true,
  ): Cell => {
    const fixed = { situation, program, command, isProduct };
    return { ...fixed, rounds: rounds[situation], runs: [] };
  };
  const cells: Cell[] = [];
  for (const { name, path, compose } of products) {
    cells.push(bare("version", name, { words: [`${path}`, "--version"] }));
    const command = await compose(surroundings, [], application);
    cells.push(bare("noSecrets", name, command));
  }
  const empty = await workshop.write("empty.js", "");
  const deno = {
    words: [Deno.execPath(), "run", empty],
    env: { HOME: workshop.dir, DENO_NO_UPDATE_CHECK: "1" },
  };
  const tini = { words: ["/usr/bin/tini", "-s", "--", ...application] };
  return [
    ...cells,
    bare("version", "deno run of an empty file", deno, false),
    bare("noSecrets", "tini", tini, false),
  ];
}

/** Every program in a situation with secrets. */
async function makeCells(
  { workshop, server, products, peers, rounds }: StartOptions,
  situation: Situation,
  secrets: readonly Secret[],
  quota?: Quota | NotRun,
): Promise<Cell[]> {
  const application = await workshop.application(secrets);
  const cells: Cell[] = [];
  const others = peers.filter(({ name }) =>
    // It waits two seconds at every start: once is enough.
    name !== BAO_AGENT || situation === "three"
  );
  for (const { name, path, compose } of [...products, ...others]) {
    const failure = typeof path === "string"
      ? quota instanceof Quota ? undefined : quota
      : path;
    const command = failure === undefined
      ? await compose({ workshop, server }, secrets, application)
      : { words: [] };
    cells.push({
      situation,
      program: name,
      command,
      ...quota instanceof Quota && { group: quota.procs },
      isProduct: products.some((product) => product.name === name),
      rounds: name === BAO_AGENT ? rounds.baoAgent : rounds[situation],
      runs: [],
      ...failure && { failure },
    });
  }
  return cells;
}

async function runInterleaved(
  { workshop }: StartOptions,
  cells: readonly Cell[],
): Promise<void> {
  const last = Math.max(...cells.map(({ rounds }) => rounds));
  for (let round = 0; round <= last; round++) {
    for (const cell of cells) {
      if (cell.failure || round > cell.rounds) continue;
      try {
        const run = await workshop.time(cell.command, cell.group);
        if (round > 0) cell.runs.push(run);
      } catch (error) {
        if (cell.isProduct) throw error;
        cell.failure = { notRun: messageOf(error).replaceAll(/\s+/g, " ") };
      }
    }
  }
}

function collect(cells: readonly Cell[]): StartFigures {
  const figures: Record<string, Record<string, Times | NotRun>> = {};
  for (const { situation, program, runs, failure } of cells) {
    const of = figures[situation] ??= {};
    of[program] = failure ?? {
      main: summarize(runs.map(({ toMain }) => toMain ?? 0)),
      exit: summarize(runs.map(({ toExit }) => toExit)),
      cpu: summarize(runs.map(({ cpu }) => cpu)),
    };
  }
  return figures as Record<Situation, Record<string, Times | NotRun>>;
}
