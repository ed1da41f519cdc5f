/**
 * The pages of the matrix: what every attack came to on every machine, as text that
 * is the same for the same results. It measures nothing.
 */
import { findVector } from "@/agent/vectors/coverage.ts";
import type { AttackRow } from "../../attacks/results.ts";
import { isNotApplicable } from "../../attacks/results.ts";
import { renderVectors } from "../../../tools/enforcement/vectors.ts";
import { code, table } from "./markdown.ts";
import { ARM64_PLANS, type Plan, PLANS } from "./plan.ts";
import { BACKENDS, type Column, type Played } from "./play.ts";

/** A page, and what it measures. */
export interface Page {
  readonly path: URL;
  readonly plans: readonly Plan[];
  readonly head: string;
  /** Whether it has the table of vectors, which is the same for all processors. */
  readonly hasVectors: boolean;
  /** Machines, as titles of plans, whose first agent gives 75 points. */
  readonly fullScores: readonly string[];
  /** Vectors that the lock does not count, by kernel. */
  readonly uncounted: Readonly<Record<string, readonly string[]>>;
  /** Vectors that no attack uses, by kernel: each attack fails there without an agent too. */
  readonly unused: Readonly<Record<string, readonly string[]>>;
}

/** Refused, but not counted on a preemptible kernel. */
const PREEMPTIBLE = ["mapped_file"];
/** arm64 has none. */
const REGISTERS = ["msr"];
/** Debian's kernels for arm64 have neither ports nor memory in /dev/mem. */
const DEVICES = ["dev_mem"];

const LEGEND = `
| result     | meaning                                                             |
| ---------- | ------------------------------------------------------------------- |
| an errno   | refused before anything was read                                    |
| \`killed\`   | the attacker was killed, and had not got the secret                 |
| **leaked** | the attacker had the secret, or control over the process            |
| \`allowed\`  | the call succeeded and gave no secret itself; what it opens up (a module, a detached program) is a gap |
| –          | does not apply; the last table says why                             |
|            | not tried in this column                                            |
`;

/** docs/ENFORCEMENT-MATRIX.md. */
export const X86_64: Page = {
  path: new URL("../../../docs/ENFORCEMENT-MATRIX.md", import.meta.url),
  plans: PLANS,
  hasVectors: true,
  fullScores: ["debian-6.12", "override", "debian-6.1 secretmem.enable=1"],
  uncounted: { "debian-6.18": PREEMPTIBLE },
  unused: {},
  head: `# The matrix of attacks

What every attack gets, in every combination that was measured;
[ENFORCEMENT.md](ENFORCEMENT.md) is the summary. The attacker is root with all
capabilities on the node. The victim is a protected process: the wrapper, and the
application under it, which has a secret of a real OpenBao in its environment,
on its heap, its stack, in registers, in a memfd and in memfd_secret. Of the two,
the worse result is shown.

Every row is a program in \`tests/attacks\`. Every column is an agent on a machine
(QEMU) with a distribution's own kernel, or with \`override\`: 6.12, built with
CONFIG_BPF_KPROBE_OVERRIDE and with everything that an attacker wants left open.
Every attack is first made on an unprotected victim, on the same kernel with the
same boot parameters: where that fails too, the row proves nothing.

The group \`enforcement\` of \`deno task test\` fails when a result differs from
this page. \`deno run -A tests/enforcement/matrix/update.ts\` writes it.
${LEGEND}`,
};

/** docs/ENFORCEMENT-ARM64.md. */
export const ARM64: Page = {
  path: new URL("../../../docs/ENFORCEMENT-ARM64.md", import.meta.url),
  plans: ARM64_PLANS,
  hasVectors: false,
  fullScores: ["debian-6.12", "override-64k", "debian-6.18"],
  uncounted: {
    "debian-6.12": REGISTERS,
    "debian-6.18": [...REGISTERS, ...PREEMPTIBLE],
    "override-64k": REGISTERS,
  },
  unused: { "debian-6.12": DEVICES, "debian-6.18": DEVICES },
  head: `# The matrix of attacks on arm64

What every attack gets on arm64 kernels, on a processor that QEMU emulates.
[ENFORCEMENT-MATRIX.md](ENFORCEMENT-MATRIX.md) describes attacker and victim, and
has the list of vectors and the same attacks on x86-64. \`override-64k\` is 6.12
with pages of 64 KiB, built with CONFIG_BPF_KPROBE_OVERRIDE.

\`deno task test arm64\` fails when a result differs from this page, and every
\`deno task test\` repeats the first machine.
\`deno run -A tests/enforcement/matrix/update.ts --arch=aarch64\` writes it.
${LEGEND}`,
};

const ABOUT_VECTORS =
  `The ways to a protected process, and how each backend meets them. "Partly" does
not count as active; [THREAT-MODEL.md](THREAT-MODEL.md#what-is-refused) says what
the weaker backends miss.
`;

/** What the tables are made of. */
interface Measured {
  readonly rows: readonly AttackRow[];
  readonly columns: readonly Column[];
  /** Number of the first column in the whole document. */
  readonly first: number;
}

/** The whole page; or the part of some plans, whose first column is the `first` of the page. */
export function renderDocument(
  { head, hasVectors }: Page,
  played: readonly Played[],
  first = 0,
): string {
  const columns = played.flatMap((one) => one.columns);
  const measured = { rows: played[0]?.rows ?? [], columns, first };
  return [
    head,
    "## Columns\n",
    renderColumns(measured),
    "\n## What loads and passes its self-test\n",
    renderBackends(played),
    ...hasVectors ? [renderAllVectors()] : [],
    "\n## Attacks\n",
    renderAttacks(measured),
    "\n## What is leaked, and why\n",
    renderWhys(
      measured,
      (row, column) =>
        column.results.get(row.name) === "leaked"
          ? whyOpen(row.vector, column)
          : undefined,
    ),
    "\n## What does not apply, and why\n",
    renderWhys(measured, (row, { results }) => {
      const result = results.get(row.name);
      if (result === undefined || !isNotApplicable(result)) return undefined;
      return result.replace(/^n\/a: /, "");
    }),
    "",
  ].join("\n");
}

function renderAllVectors(): string {
  const table = `<!-- vectors -->\n\n${renderVectors()}\n\n<!-- /vectors -->`;
  return ["\n## Vectors\n", ABOUT_VECTORS, table].join("\n");
}

function renderColumns({ columns, first }: Measured): string {
  const rows = columns.map((column, i) => {
    const { plan, setup, mode, isEnforcing, score, results } = column;
    return [
      letter(first + i),
      plan.boot.kernel,
      code(plan.boot.parameters ?? []),
      [
        code(setup.agent),
        setup.isPidOne ? "wrapper is PID 1 of its own namespace" : "",
      ].filter((text) => text !== "").join("; "),
      isEnforcing ? mode : `${mode || "none"}, registers no process`,
      scoreOf(score),
      ...counts([...results.values()]),
    ];
  });
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

function renderAttacks({ rows, columns, first }: Measured): string {
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
  { rows, columns, first }: Measured,
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

function whyOpen(id: string, { active, isEnforcing }: Column): string {
  const vector = findVector(id);
  if (!isEnforcing) return "the agent registers no process";
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
