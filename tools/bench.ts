/**
 * `deno task bench`: measures the compiled binary and the programs that it is
 * compared to, with a real OpenBao behind TLS on loopback. Writes
 * dist/bench.json and prints a table. docs/PERFORMANCE.md explains both.
 *
 *   --quick         fewer rounds, no emulated machines: under two minutes
 *   --binary=PATH   this binary; of several the last is judged by the goals
 *   --write         also writes the figures of docs/PERFORMANCE.md
 */
import { basename } from "node:path";
import { parseArgs } from "node:util";
import { measureAgent } from "./bench/agent.ts";
import type { Figures, ProductFigures } from "./bench/report/figures.ts";
import { type IdleOptions, measureIdle, measurePeers } from "./bench/idle.ts";
import { describeMachine, measureBusy, renderLoad } from "./bench/machine.ts";
import { findPeers, makeProduct, type Program } from "./bench/programs.ts";
import { measureReaping } from "./bench/reaping.ts";
import { renderMarkdown, renderTable } from "./bench/report/render.ts";
import { listRows } from "./bench/report/goals.ts";
import { BenchServer } from "./bench/server.ts";
import { measureSizes } from "./bench/size.ts";
import { measureStart, type Rounds } from "./bench/start.ts";
import { Workshop } from "./bench/workshop.ts";
import { compile } from "./compile.ts";
import { replacePart } from "./docs.ts";
import { ensurePackages } from "./packages.ts";
import { runMain, say, step } from "./progress.ts";
import { run } from "./run.ts";
import { vmPackages } from "./vm/qemu.ts";

const OUTPUT = new URL("../dist/bench.json", import.meta.url).pathname;
const PAGE = new URL("../docs/PERFORMANCE.md", import.meta.url).pathname;

/** Rounds and times. */
interface Size {
  readonly rounds: Rounds;
  readonly reapRounds: number;
  readonly settleMs: number;
  readonly idleMs: number;
}

/** The idle time contains two rounds of proofs, one every 30 s. */
const FULL: Size = {
  rounds: {
    ...{ version: 21, noSecrets: 21, three: 21, baoAgent: 5 },
    ...{ half: 11, fifth: 7, hundred: 11, thousand: 7 },
  },
  reapRounds: 15,
  settleMs: 15_000,
  idleMs: 60_000,
};
const QUICK: Size = {
  rounds: {
    ...{ version: 9, noSecrets: 9, three: 9, baoAgent: 1 },
    ...{ half: 5, fifth: 3, hundred: 5, thousand: 3 },
  },
  reapRounds: 3,
  settleMs: 4_000,
  idleMs: 12_000,
};

interface Options {
  readonly isQuick: boolean;
  readonly products: readonly Program[];
}

async function measure({ isQuick, products }: Options): Promise<Figures> {
  await ensurePackages(["tini", "zstd", ...isQuick ? [] : vmPackages()]);
  const peers = await findPeers(!isQuick);
  await using workshop = await Workshop.open();
  await using server = await step("starting OpenBao", BenchServer.start);
  const many = await step("1,000 secrets", () => server.writeMany(1000));
  const size = isQuick ? QUICK : FULL;
  const busyBefore = await measureBusy();
  const options = { ...size, workshop, server, many, products, peers };
  const start = await step("starts", () => measureStart(options));
  const measured: Record<string, ProductFigures> = {};
  for (const product of products) {
    const title = `${product.name} at rest, orphans, size`;
    measured[product.name] = await step(
      title,
      () => measureProduct(options, product, isQuick),
    );
  }
  const others = await step(
    "others at rest",
    () => measurePeers(options, peers),
  );
  const busyAfter = await measureBusy();
  const agent = isQuick
    ? { notRun: "--quick leaves out the emulated machines" }
    : await step(
      "cost of the agent (two emulated machines)",
      () => measureAgent(workshop, `${products[0]?.path}`),
    );
  const machine = describeMachine([busyBefore, busyAfter]);
  return { machine, products: measured, start, peers: others, agent };
}

async function measureProduct(
  options: IdleOptions & { readonly reapRounds: number },
  product: Program,
  isQuick: boolean,
): Promise<ProductFigures> {
  const { workshop, reapRounds } = options;
  const path = `${product.path}`;
  return {
    idle: await measureIdle(options, product),
    reaping: await measureReaping(workshop, path, reapRounds),
    size: await measureSizes(workshop, path, isQuick),
  };
}

/** The judged one first. */
async function findProducts(paths: readonly string[]): Promise<Program[]> {
  const all = paths.length > 0
    ? await Promise.all(paths.map((path) => Deno.realPath(path)))
    : [(await compile()).path];
  const isUnique = new Set(all.map((path) => basename(path))).size ===
    all.length;
  return all.toReversed()
    .map((path) => makeProduct(isUnique ? basename(path) : path, path));
}

async function main(): Promise<void> {
  const { quick = false, write = false, binary = [] } = parseArgs({
    options: {
      quick: { type: "boolean" },
      write: { type: "boolean" },
      binary: { type: "string", multiple: true },
    },
  }).values;
  const products = await findProducts(binary);
  const figures = await measure({ isQuick: quick, products });
  const rows = listRows(figures);
  const text = JSON.stringify({ ...figures, rows }, null, 2);
  await Deno.writeTextFile(OUTPUT, `${text}\n`);
  console.log(`\n${renderTable(rows)}\n\n${OUTPUT}`);
  say(renderLoad(figures.machine));
  if (!write) return;
  const part = renderMarkdown(figures.machine, rows);
  const page = await Deno.readTextFile(PAGE);
  await Deno.writeTextFile(PAGE, replacePart(page, "figures", part));
  await run(Deno.execPath(), ["fmt", "--quiet", PAGE]);
}

if (import.meta.main) await runMain("bench", main);
