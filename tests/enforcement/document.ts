/**
 * docs/ENFORCEMENT.md: what every attack came to on every machine, as text that
 * is the same for the same results. It measures nothing.
 */
import { findVector } from "@/agent/vectors/coverage.ts";
import type { AttackRow } from "./attacks.ts";
import { isNotApplicable } from "./attacks.ts";
import { code, table } from "./markdown.ts";
import type { Column, Played } from "./play.ts";

/** Where it is. */
export const DOCUMENT = new URL("../../docs/ENFORCEMENT.md", import.meta.url);

const HEAD = `# Enforcement, measured

What an attacker who is root with all capabilities on the node gets from a
protected process: the wrapper and the application under it, which has a secret
of a real OpenBao in its environment, on its heap, its stack, in registers, in a
memfd and in memfd_secret. Every row is a program in \`tests/attacks\`, every
column an agent on a machine (QEMU) with a distribution's own kernel, or with
our \`override\`: 6.12 with CONFIG_BPF_KPROBE_OVERRIDE and everything an attacker
wants left open. Written by \`deno run -A tests/enforcement/update.ts\`; the
group \`enforcement\` of \`deno task test\` fails when a result is another than the
one written here.

Every attack is first made on a victim that nobody protects, on the same kernel
with the same boot parameters: where that fails too, the row says nothing.

| result     | meaning                                                             |
| ---------- | ------------------------------------------------------------------- |
| an errno   | refused before anything was read                                    |
| \`killed\`   | the attacker was killed, and had not got the secret                 |
| **leaked** | the attacker had the secret, or control over the process            |
| \`allowed\`  | the call succeeded and gave no secret itself; what it opens up (a module, a detached program) is a gap |
| –          | does not apply, for reasons below                                   |
|            | not tried in this column                                            |

Of application and wrapper, the worse result stands here.
`;

const BACKENDS = ["bpf lsm", "fmod_ret", "kprobe override", "reactive kill"];

/** The whole document; or the part of some plans, whose first column is the `first` of the document. */
export function renderDocument(played: readonly Played[], first = 0): string {
  const columns = played.flatMap((one) => one.columns);
  const rows = played[0]?.rows ?? [];
  return [
    HEAD,
    "## Columns\n",
    renderColumns(columns, first),
    "\n## What loads and passes its self-test\n",
    renderBackends(played),
    "\n## Attacks\n",
    renderAttacks(rows, columns, first),
    "\n## What is leaked, and why\n",
    renderLeaks(rows, columns, first),
    "\n## What does not apply, and why\n",
    renderReasons(rows, columns, first),
    "",
  ].join("\n");
}

function renderColumns(columns: readonly Column[], first: number): string {
  const rows = columns.map((
    { plan, setup, mode, isEnforcing, score, results },
    i,
  ) => [
    letter(first + i),
    plan.boot.kernel,
    code(plan.boot.parameters ?? []),
    [
      code(setup.agent),
      setup.isPidOne ? "wrapper is PID 1 of its own namespace" : "",
    ].filter((text) => text !== "").join("; "),
    isEnforcing ? mode : `${mode || "none"}, registers nobody`,
    scoreOf(score),
    ...counts([...results.values()]),
  ]);
  const head = ["", "kernel", "boot parameters", "agent", "mode", "score"];
  const tail = ["refused", "killed", "allowed", "leaked"];
  return table([...head, ...tail], rows);
}

function renderBackends(played: readonly Played[]): string {
  const rows = played.map(({ boot, backends }) => [
    [boot.kernel, code(boot.parameters ?? [])].join(" ").trim(),
    ...BACKENDS.map((name) => backends.get(name) ?? ""),
  ]);
  return table(["kernel", ...BACKENDS], rows);
}

function renderAttacks(
  rows: readonly AttackRow[],
  columns: readonly Column[],
  first: number,
): string {
  const body = rows.map((row) => [
    row.name,
    code([row.vector]),
    row.what,
    ...columns.map(({ results }) => cell(results.get(row.name))),
  ]);
  const letters = columns.map((_, i) => letter(first + i));
  return table(["attack", "vector", "what", ...letters], body);
}

/** By attack, each reason once with the columns that it is of. */
function renderWhys(
  rows: readonly AttackRow[],
  columns: readonly Column[],
  first: number,
  why: (row: AttackRow, column: Column) => string | undefined,
): string {
  const body: string[][] = [];
  for (const row of rows) {
    const reasons = new Map<string, string[]>();
    columns.forEach((column, i) => {
      const reason = why(row, column);
      if (reason === undefined) return;
      reasons.set(reason, [...reasons.get(reason) ?? [], letter(first + i)]);
    });
    for (const [reason, where] of reasons) {
      body.push([row.name, reason, where.join(" ")]);
    }
  }
  return table(["attack", "why", "columns"], body);
}

function renderReasons(
  rows: readonly AttackRow[],
  columns: readonly Column[],
  first: number,
): string {
  return renderWhys(rows, columns, first, (row, { results }) => {
    const result = results.get(row.name);
    if (result === undefined || !isNotApplicable(result)) return undefined;
    return result.replace(/^n\/a: /, "");
  });
}

function renderLeaks(
  rows: readonly AttackRow[],
  columns: readonly Column[],
  first: number,
): string {
  return renderWhys(
    rows,
    columns,
    first,
    (row, column) =>
      column.results.get(row.name) === "leaked"
        ? whyOpen(row.vector, column)
        : undefined,
  );
}

function whyOpen(id: string, { active, isEnforcing }: Column): string {
  const vector = findVector(id);
  if (!isEnforcing) return "the agent registers nobody";
  if (vector?.open) return vector.open;
  if (active.includes(id)) return "**not as the agent says**";
  if (vector?.needs) return `needs \`--${vector.needs}\``;
  return "no backend of this column refuses all of it";
}

/** A, B, … Z, AA. */
function letter(index: number): string {
  const last = String.fromCharCode(65 + index % 26);
  return index < 26 ? last : `A${last}`;
}

function cell(result: string | undefined): string {
  if (result === undefined) return "";
  if (isNotApplicable(result)) return "–";
  return result === "leaked" ? "**leaked**" : result;
}

function scoreOf(lines: readonly string[]): string {
  return /score: (\d+\/\d+)/.exec(lines[0] ?? "")?.[1] ?? "none";
}

function counts(results: readonly string[]): string[] {
  const valid = results.filter((result) => !isNotApplicable(result));
  const others = ["killed", "allowed", "leaked"];
  const refused = valid.filter((result) => !others.includes(result)).length;
  const rest = others.map((word) => valid.filter((r) => r === word).length);
  return [refused, ...rest].map(String);
}
