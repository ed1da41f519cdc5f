/**
 * `deno task bench`: measures the compiled binary and the programs that it is
 * compared to, with a real OpenBao behind TLS on loopback. Writes
 * dist/bench.json and prints a table. `--quick`: fewer rounds.
 */
import { parseArgs } from "node:util";
import { measureAgent } from "./bench/agent.ts";
import { measureReaping } from "./bench/reaping.ts";
import { compare, type Figures, renderTable } from "./bench/report.ts";
import { measureIdle, measureMany } from "./bench/idle.ts";
import { BenchServer } from "./bench/server.ts";
import { measureStart } from "./bench/start.ts";
import { Workshop } from "./bench/command.ts";
import { compile } from "./compile.ts";
import { VM_PACKAGES } from "./vm/machine.ts";
import { ensurePackages } from "./packages.ts";
import { step } from "./progress.ts";

const OUTPUT = new URL("../dist/bench.json", import.meta.url).pathname;

/** Rounds and times. The idle time contains two rounds of proofs, one every 30 s. */
const FULL = {
  rounds: 25,
  agentRounds: 5,
  reapRounds: 15,
  manyRounds: 5,
  settleMs: 15_000,
  idleMs: 60_000,
};
const QUICK: typeof FULL = {
  rounds: 5,
  agentRounds: 1,
  reapRounds: 3,
  manyRounds: 1,
  settleMs: 4_000,
  idleMs: 5_000,
};

async function measure(size: typeof FULL): Promise<Figures> {
  const { path: binary, bytes: binaryBytes } = await compile();
  await ensurePackages(["tini", ...VM_PACKAGES]);
  await using workshop = await Workshop.open();
  await using server = await step("starting OpenBao", BenchServer.start);
  const options = { ...size, binary };
  return {
    machine: describeMachine(),
    start: await step(
      "start, compared to deno run, tini and bao agent",
      () => measureStart(workshop, server, options),
    ),
    reaping: await step(
      "reaping, compared to tini",
      () => measureReaping(workshop, binary, size.reapRounds),
    ),
    idle: await step("idle", () => measureIdle(workshop, server, options)),
    many: await step(
      "100 and 1,000 secrets",
      () => measureMany(workshop, server, { ...options, counts: [100, 1000] }),
    ),
    binaryBytes,
    agent: await step(
      "cost of the agent (two emulated machines)",
      () => measureAgent(workshop, binary),
    ),
  };
}

function describeMachine(): Figures["machine"] {
  const model = /model name\s*: (.*)/.exec(
    Deno.readTextFileSync("/proc/cpuinfo"),
  );
  return {
    kernel: Deno.osRelease(),
    processors: navigator.hardwareConcurrency,
    processor: model?.[1] ?? "unknown",
    load: Deno.loadavg()[0] ?? 0,
    deno: Deno.version.deno,
    date: new Date().toISOString(),
  };
}

if (import.meta.main) {
  const options = { quick: { type: "boolean" } } as const;
  const { quick } = parseArgs({ options }).values;
  const figures = await measure(quick ? QUICK : FULL);
  const rows = compare(figures);
  const text = JSON.stringify({ ...figures, rows }, null, 2);
  await Deno.writeTextFile(OUTPUT, `${text}\n`);
  console.log(`\n${renderTable(rows)}\n\n${OUTPUT}`);
}
