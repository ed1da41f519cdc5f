/** What docs/ENFORCEMENT.md says in words, against the matrix of attacks. */
import { deepEqual, match, ok } from "node:assert/strict";
import { type Column, readMeasured } from "../../tools/enforcement/measured.ts";
import {
  renderMachines,
  renderPartial,
} from "../../tools/enforcement/summary.ts";
import { read, rowsOf } from "./page.ts";

const PAGE = read("docs/ENFORCEMENT.md");
const { columns, vectors } = readMeasured();
const arm64 = readMeasured("ENFORCEMENT-ARM64.md").columns;

function leaksOf({ results }: Column): string[] {
  return [...results].filter(([, result]) => result.includes("leaked"))
    .map(([attack]) => attack);
}

Deno.test("with the lock no attack got a secret", () => {
  for (const all of [columns, arm64]) {
    const locked = all.filter(({ isLocked }) => isLocked);
    ok(locked.length > 3);
    deepEqual(locked.flatMap(leaksOf), []);
  }
});

Deno.test("without it every backend leaks by the ways that the page names", () => {
  const unlocked = [...columns, ...arm64].filter(({ isLocked }) => !isLocked);
  ok(unlocked.length > 10);
  for (const column of unlocked) {
    const found = new Set(leaksOf(column).map((attack) => vectors.get(attack)));
    ok(found.has("bpf_load") && found.has("mapped_file"), column.machine);
  }
});

Deno.test("fmod_ret blocks what BPF LSM blocks", () => {
  const [head = [], ...rows] = rowsOf(renderPartial());
  const at = ["bpf lsm", "fmod_ret"].map((name) => head.indexOf(name));
  ok(rows.length > 5);
  const others = rows.filter((row) => at.some((i) => row[i] !== "blocked"));
  deepEqual(others, []);
});

Deno.test("a machine's leaks and attacks are counted", () => {
  for (const page of ["ENFORCEMENT-MATRIX.md", "ENFORCEMENT-ARM64.md"]) {
    const [, row = []] = rowsOf(renderMachines(page));
    const [first] = readMeasured(page).columns;
    ok(first);
    const [leaked, all] = [leaksOf(first).length, first.results.size];
    ok(leaked > 0);
    const cell = new RegExp(`^${leaked} leaked, \\d+ allowed of ${all}$`);
    match(row[3] ?? "", cell);
  }
});

Deno.test("every backend of the page was measured", () => {
  const [, section = ""] = /\n## Which backend([^]*?)\n## /.exec(PAGE) ?? [];
  const named = rowsOf(section).slice(1).map(([name]) => name);
  deepEqual(named, ["bpf lsm", "fmod_ret", "kprobe override", "reactive kill"]);
  const measured = new Set(columns.map(({ backend }) => backend));
  deepEqual(named.filter((name) => !measured.has(name ?? "")), []);
});
