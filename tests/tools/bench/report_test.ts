/** The table of the benchmark: goals, other programs, and what was not run. */
import assert from "node:assert/strict";
import type {
  Figures,
  ProductFigures,
} from "../../../tools/bench/report/figures.ts";
import { renderLoad } from "../../../tools/bench/machine.ts";
import { productVariables } from "../../../tools/bench/programs.ts";
import {
  renderMarkdown,
  renderTable,
} from "../../../tools/bench/report/render.ts";
import { listRows } from "../../../tools/bench/report/goals.ts";
import type { Row } from "../../../tools/bench/report/rows.ts";
import type { BenchServer, Secret } from "../../../tools/bench/server.ts";
import type { Times } from "../../../tools/bench/start.ts";

const MIB = 1024 * 1024;
const MEMORY = { anonymous: 10 * MIB, memfd: 2 * MIB, rss: 30 * MIB };
const ZERO = { secretmem: 4096, locked: 0 };

function times(ms: number): Times {
  const summary = { n: 5, min: ms - 1, median: ms };
  return { main: summary, exit: summary, cpu: summary };
}

function product(changes: Partial<ProductFigures["idle"]>): ProductFigures {
  const memory = { ...MEMORY, ...ZERO };
  return {
    idle: {
      memory: [memory, memory, memory],
      ...{ cpuPercent: 0.01, cpuPercentUnproven: 0, seconds: 60 },
      ...{ proofsMs: 10, renewalMs: 50 },
      ...changes,
    },
    reaping: {
      wrapper: { n: 1, min: 1, median: 20 },
      tini: { n: 1, min: 1, median: 10 },
    },
    size: { binary: 100e6, image: { "gzip -6": 40e6 } },
  };
}

/** Every figure of the wrapper is exactly at its goal; secret-init takes 100 ms. */
function atGoals(changes: Partial<Figures> = {}): Figures {
  const both = (ms: number) => ({
    "new": times(ms),
    "secret-init": times(100),
  });
  return {
    machine: {
      ...{ kernel: "6.18", processors: 2, processor: "Ideal", deno: "2" },
      ...{ date: "2026-11-26", busyPercent: [0, 1] as const },
    },
    products: { new: product({}) },
    start: {
      three: both(60),
      half: both(300),
      fifth: both(300),
      hundred: both(99),
      thousand: both(500),
      noSecrets: { new: times(45), tini: times(1) },
      version: { new: times(22) },
    },
    peers: {
      "secret-init": { memory: { ...MEMORY, ...ZERO }, bytes: 60e6 },
    },
    agent: { notRun: "--quick" },
    ...changes,
  };
}

function missed(rows: readonly Row[]): string[] {
  return rows.filter(({ isMet }) => isMet === false).map(({ what }) => what);
}

Deno.test("a figure at its goal is met, except where it must be under another", () => {
  const rows = listRows(atGoals());
  assert.deepEqual(missed(rows), []);
  assert.equal(rows.filter(({ goal }) => goal !== undefined).length, 14);
  const { start } = atGoals();
  const slow = {
    ...start,
    half: { ...start.half, new: times(301) },
    hundred: { ...start.hundred, new: times(100) },
  };
  assert.deepEqual(missed(listRows(atGoals({ start: slow }))), [
    "clock, half a core, exec to exit",
    "clock, 100 paths, exec to main",
  ]);
  const products = { new: product({ proofsMs: 10.1 }) };
  assert.equal(missed(listRows(atGoals({ products }))).length, 1);
});

Deno.test("without secret-init its recorded times are the reference, and one row says why", () => {
  const gone = { notRun: "v0.4.0: refused" };
  const { start } = atGoals();
  const rows = listRows(atGoals({
    start: { ...start, half: { new: times(195), "secret-init": gone } },
    peers: { "secret-init": gone },
  }));
  const row = rows.find(({ what }) => what.startsWith("clock, half"));
  assert.equal(row?.goal, "at most 3 x secret-init, 65 ms recorded earlier");
  assert.equal(row?.isMet, true);
  const named = rows.filter(({ value }) => value.includes("refused"));
  assert.deepEqual(named, [
    { what: "secret-init", value: "not run: v0.4.0: refused" },
  ]);
});

Deno.test("a start that failed is named in its row", () => {
  const { start } = atGoals();
  const failed = { notRun: "wrong value in A" };
  const rows = listRows(atGoals({
    start: { ...start, half: { new: times(1), "secret-init": failed } },
  }));
  const row = rows.find(({ value }) => value.startsWith("not run: wrong"));
  assert.equal(row?.what, "  secret-init");
  const refused = { notRun: "no control group" };
  const bare = listRows(atGoals({
    start: { ...start, half: { new: refused } },
  })).find(({ what }) => what.startsWith("clock, half"));
  assert.equal(bare?.value, "not run: no control group");
  assert.equal(bare?.goal, undefined);
});

Deno.test("of two wrappers the first is judged", () => {
  const products = { new: product({}), old: product({ proofsMs: 19 }) };
  const rows = listRows(atGoals({ products }));
  const at = rows.findIndex(({ what }) => what.includes("round of proofs"));
  assert.equal(rows[at]?.value, "10.0 ms");
  assert.deepEqual(rows[at + 1], { what: "  old", value: "19.0 ms" });
  assert.deepEqual(missed(rows), []);
});

Deno.test("the tables show goals and verdicts", () => {
  const rows = [
    { what: "a", value: "1 ms", goal: "at most 2 ms", isMet: true },
    { what: "  other", value: "3 ms" },
    { what: "b", value: "9", goal: "under 5", isMet: false },
  ];
  assert.equal(
    renderTable(rows),
    "a        1 ms  [at most 2 ms: met]\n  other  3 ms\nb        9  [under 5: NOT MET]",
  );
  const page = renderMarkdown(atGoals().machine, rows);
  assert.match(page, /Ideal, Linux 6\.18\. Other work used 0 % of 2 proc/);
  assert.match(page, /\n\| a \| 1 ms \| at most 2 ms: met \|\n/);
  assert.match(
    page,
    /\n\| – other \| 3 ms \| {2}\|\n\| b \| 9 \| under 5: \*\*missed\*\* \|$/,
  );
});

Deno.test("a busy machine is a warning, a quiet one is not", () => {
  const { machine } = atGoals();
  const busy = { ...machine, busyPercent: [0, 6] as const };
  assert.match(renderLoad(busy), /^WARNING: Other work used 0 % .* 6 % after/);
  assert.match(renderLoad(machine), /^Other work used 0 % .* 1 % after/);
});

Deno.test("the wrapper's variables name each path once, with its fields", () => {
  const server = { address: "https://v", caFile: "/ca", token: "t" };
  const secret = (variable: string, path: string, field: string): Secret => {
    return { variable, path, field, value: "x" };
  };
  const variables = productVariables(server as BenchServer, [
    secret("A", "p", "a"),
    secret("B", "p", "b"),
    secret("C", "q", "c"),
  ]);
  assert.equal(variables.CLOUDTASER_SECRET_PATHS, "p,q");
  assert.equal(variables.CLOUDTASER_ENV_MAP, "a=A,b=B;c=C");
  assert.equal(variables.VAULT_TOKEN, "t");
  assert.equal(
    productVariables(server as BenchServer, []).VAULT_ADDR,
    undefined,
  );
});
