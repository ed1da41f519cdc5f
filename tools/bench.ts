/**
 * `deno task bench`: measures the compiled binary and the programs that it is
 * compared to, with a real OpenBao behind TLS on loopback. Writes
 * dist/bench.json and prints a table. `--quick`: fewer rounds.
 */
import { parseArgs } from "node:util";
import { measureAgent } from "./bench/agent.ts";
import { measureMany } from "./bench/many.ts";
import { measureReaping } from "./bench/reaping.ts";
import { compare, type Figures, renderTable } from "./bench/report.ts";
import { IdleWrapper } from "./bench/idle.ts";
import { round } from "./bench/series.ts";
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
const QUICK = {
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
  const start = await step(
    "start, compared to deno run, tini and bao agent",
    () => measureStart(workshop, server, { ...size, binary }),
  );
  const reaping = await step(
    "reaping, compared to tini",
    () => measureReaping(workshop, binary, size.reapRounds),
  );
  const idle = await step(
    "idle",
    () => measureIdle(workshop, server, binary, size),
  );
  const many = await step(
    "100 and 1,000 secrets",
    () =>
      measureMany(workshop, server, {
        binary,
        counts: [100, 1000],
        rounds: size.manyRounds,
        settleMs: size.settleMs,
      }),
  );
  const agent = await step(
    "cost of the agent (two emulated machines)",
    () => measureAgent(workshop, binary),
  );
  return {
    machine: describeMachine(),
    start,
    reaping,
    idle,
    many,
    binaryBytes,
    agent,
  };
}

async function measureIdle(
  workshop: Workshop,
  server: BenchServer,
  binary: string,
  { settleMs, idleMs }: typeof FULL,
): Promise<Figures["idle"]> {
  const env = { ...server.three, CLOUDTASER_LISTEN: "127.0.0.1:0" };
  await using idle = await IdleWrapper.start(workshop, binary, env);
  await using unproven = await IdleWrapper.start(workshop, binary, {
    ...env,
    CLOUDTASER_SCORE_INTERVAL: "off",
  });
  await new Promise((resolve) => setTimeout(resolve, settleMs));
  const [percent, unprovenPercent] = await Promise.all([
    idle.idleCpu(idleMs),
    unproven.idleCpu(idleMs),
  ]);
  return {
    memory: idle.memory(),
    idleCpuPercent: round(percent),
    idleUnprovenPercent: round(unprovenPercent),
    idleSeconds: idleMs / 1000,
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
  const { quick } = parseArgs({ options: { quick: { type: "boolean" } } })
    .values;
  const figures = await measure(quick ? QUICK : FULL);
  const rows = compare(figures);
  await Deno.writeTextFile(
    OUTPUT,
    `${JSON.stringify({ ...figures, rows }, null, 2)}\n`,
  );
  console.log(`\n${renderTable(rows)}\n\n${OUTPUT}`);
}
