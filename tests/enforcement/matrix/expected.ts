/**
 * What is expected of the attacks on every machine: what the page of the matrix
 * says, and what may never be. `update.ts` writes the pages.
 */
import { deepEqual, ok } from "node:assert/strict";
import { basename } from "node:path";
import { findVector } from "@/agent/vectors/coverage.ts";
import { VECTORS } from "@/agent/vectors/table.ts";
import { findAllowed } from "./allowed.ts";
import { isRefused } from "../../attacks/results.ts";
import { type Page, renderDocument } from "./document.ts";
import { differences, format, readPlaces } from "./markdown.ts";
import { Matrix } from "./matrix.ts";
import { firstColumn, isLocked, titleOf } from "./plan.ts";
import type { Column, Played } from "./play.ts";

const SYNCHRONOUS = ["bpf lsm", "fmod_ret"];
const LEAST_VECTORS = 30;

/** The rows of the reference that an agent must close without exception. */
const REFERENCE = [
  ...["ptrace_attach", "process_vm_readv", "process_vm_writev", "proc_mem"],
  ...["io_uring", "proc_open_earlier", "proc_environ", "proc_cmdline"],
  ...["proc_maps", "proc_pagemap", "proc_state", "proc_fd", "namespace_entry"],
  ...["pidfd_getfd", "kcmp", "page_move", "perf_task", "bpf_load"],
  ...["tracefs_probe", "kcore", "dev_mem", "kexec", "module_load"],
];

/** The specification's lines, to the letter. */
const FULL = [
  "[cloudtaser-wrapper] Protection score: 75/75",
  "[cloudtaser-wrapper] memfd_secret: OK (+15)",
  "[cloudtaser-wrapper] mlock: OK (+10)",
  "[cloudtaser-wrapper] madv_dontdump: OK (+10)",
  "[cloudtaser-wrapper] pr_set_dumpable: OK (+10)",
  "[cloudtaser-wrapper] token_protected: OK (+10)",
  "[cloudtaser-wrapper] ebpf_connected: OK (+10)",
  "[cloudtaser-wrapper] kprobes_active: OK (+10)",
];

/** One test for each of these plans of the page. */
export function testPlans(page: Page, plans = page.plans): void {
  const matrix = new Matrix(plans);
  Deno.test.afterAll(() => matrix.stop());
  plans.forEach((plan, i) =>
    Deno.test(
      `attacks on ${titleOf(plan)}`,
      async (test) => await testPlan(test, page, await matrix.played(i)),
    )
  );
}

async function testPlan(
  test: Deno.TestContext,
  page: Page,
  played: Played,
): Promise<void> {
  const { plan } = played;
  const name = basename(page.path.pathname);
  await test.step(`came to what docs/${name} says`, async () => {
    deepEqual(await differencesOf(page, played), []);
  });
  for (const column of played.columns) {
    const title = `${column.setup.agent.join(" ") || "no options"}: `;
    await test.step(`${title}no secret by a way that is closed`, () => {
      deepEqual(leaksOf(column), []);
    });
    await test.step(`${title}no call succeeds without a reason`, () => {
      deepEqual(allowedOf(column), []);
    });
    if (!isLocked(column.setup) || !isSynchronous(column)) continue;
    await test.step(`${title}every vector is refused at once`, () => {
      checkLocked(page, played, column);
    });
  }
  if (!page.fullScores.includes(titleOf(plan))) return;
  await test.step("the score is 75/75, in the specification's words", () => {
    deepEqual(played.columns[0]?.score, FULL);
  });
}

/** What this plan showed and the document has otherwise. */
async function differencesOf(page: Page, played: Played): Promise<string[]> {
  const first = firstColumn(page.plans, page.plans.indexOf(played.plan));
  const part = await format(renderDocument(page, [played], first));
  const whole = await Deno.readTextFile(page.path);
  return differences(readPlaces(whole), readPlaces(part));
}

function isSynchronous({ mode }: Column): boolean {
  return SYNCHRONOUS.some((backend) => mode.includes(backend));
}

/** With the lock every vector is to be closed, but for those that are open for a reason. */
function leaksOf(column: Column): string[] {
  return [...column.results].filter(([, result]) => result === "leaked")
    .map(([name]) => name).filter((name) => isWrong(column, name));
}

function isWrong({ rows, setup, active, isEnforcing }: Column, name: string) {
  const vector = findVector(rows.get(name)?.vector ?? "");
  if (!vector || !isEnforcing) return isEnforcing;
  if (isLocked(setup)) return vector.open === undefined;
  return active.includes(vector.id);
}

function allowedOf({ rows, setup, active, isEnforcing, results }: Column) {
  return findAllowed({
    isLocked: isLocked(setup),
    isEnforcing,
    isActive: (vector) => active.includes(vector),
    vectorOf: (name) => rows.get(name)?.vector ?? "",
    results,
  });
}

function checkLocked(
  { uncounted, unused }: Page,
  { boot: { kernel }, rows }: Played,
  { results, active }: Column,
): void {
  const locked = VECTORS.filter(({ needs }) => needs === "lock=on");
  const open = locked.map(({ id }) => id).filter((id) => !active.includes(id));
  deepEqual(new Set(open), new Set(uncounted[kernel]));
  const refused = new Set(
    rows.filter(({ name }) => isRefused(results.get(name)))
      .map(({ vector }) => vector),
  );
  deepEqual(
    REFERENCE.filter((id) => !refused.has(id)),
    unused[kernel] ?? [],
  );
  ok(refused.size >= LEAST_VECTORS, `${refused.size} vectors are refused`);
}
