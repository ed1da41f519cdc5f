/**
 * docs/ENFORCEMENT.md: what every attack came to on every machine, as text that
 * is the same for the same results. It measures nothing.
 */
import type { AttackRow } from "./attacks.ts";
import { isNotApplicable } from "./attacks.ts";
import type { Column, Played } from "./play.ts";

/** Where it is. */
export const DOCUMENT = new URL("../../docs/ENFORCEMENT.md", import.meta.url);

const HEAD = `# Enforcement, measured

What an attacker who is root with all capabilities on the node gets from a
protected process: the wrapper and the application under it, which has a secret
of a real OpenBao in its environment, on its heap, its stack, in registers, in a
memfd and in memfd_secret. Every row is a program in \`tests/attacks\`, every
column an agent on a machine (QEMU) with a distribution's own kernel. Written by
\`deno run -A tests/enforcement/update.ts\`; the group \`enforcement\` of
\`deno task test\` fails when a result is another than the one written here.

Every attack is first made on a victim that nobody protects, on the same kernel
with the same boot parameters: where that fails too, the row says nothing.

| result     | meaning                                                             |
| ---------- | ------------------------------------------------------------------- |
| an errno   | refused before anything was read                                    |
| \`killed\`   | the attacker was killed, and had not got the secret                 |
| **leaked** | the attacker had the secret, or control over the process            |
| \`allowed\`  | the call succeeded; there is no secret in what it gives             |
| –          | does not apply: the control fails on this kernel, for reasons below |
|            | not tried in this column                                            |

Of application and wrapper, the worse result stands here.
`;

/** The whole document. */
export function renderDocument(played: readonly Played[]): string {
  const columns = played.flatMap((one) => one.columns);
  const rows = played[0]?.rows ?? [];
  return [
    HEAD,
    "## Columns\n",
    renderColumns(columns),
    "\n## Attacks\n",
    renderAttacks(rows, columns),
    "\n## What does not apply, and why\n",
    renderReasons(rows, columns),
    "",
  ].join("\n");
}

function renderColumns(columns: readonly Column[]): string {
  const rows = columns.map(({ plan, setup, mode, score, results }, i) => [
    name(i),
    plan.boot.kernel,
    code(plan.boot.parameters ?? []),
    [
      code(setup.agent),
      setup.isPidOne ? "wrapper is PID 1 of its own namespace" : "",
      setup.kill ? "agent killed before the attacks" : "",
    ].filter((text) => text !== "").join("; "),
    mode,
    scoreOf(score),
    ...counts([...results.values()]),
  ]);
  const head = ["", "kernel", "boot parameters", "agent", "mode", "score"];
  const tail = ["refused", "killed", "allowed", "leaked"];
  return table([...head, ...tail], rows);
}

function renderAttacks(
  rows: readonly AttackRow[],
  columns: readonly Column[],
): string {
  const body = rows.map((row) => [
    code([row.vector]),
    `${row.name}: ${row.what}`,
    ...columns.map(({ results }) => cell(results.get(row.name))),
  ]);
  const head = ["vector", "attack", ...columns.map((_, i) => name(i))];
  return table(head, body);
}

function renderReasons(
  rows: readonly AttackRow[],
  columns: readonly Column[],
): string {
  const body: string[][] = [];
  for (const row of rows) {
    const reasons = new Map<string, string[]>();
    columns.forEach(({ results }, i) => {
      const result = results.get(row.name);
      if (result === undefined || !isNotApplicable(result)) return;
      const reason = result.replace(/^n\/a: /, "");
      reasons.set(reason, [...reasons.get(reason) ?? [], name(i)]);
    });
    for (const [reason, where] of reasons) {
      body.push([row.name, reason, where.join(" ")]);
    }
  }
  return table(["attack", "control", "columns"], body);
}

/** Letters: A, B, … Z, AA. */
function name(index: number): string {
  const letter = String.fromCharCode(65 + index % 26);
  return index < 26 ? letter : `A${letter}`;
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

function code(words: readonly string[]): string {
  return words.map((word) => `\`${word}\``).join(" ");
}

function table(head: readonly string[], rows: readonly string[][]): string {
  const line = (cells: readonly string[]) =>
    `| ${cells.map((cell) => cell.replaceAll("|", "\\|")).join(" | ")} |`;
  return [line(head), line(head.map(() => "---")), ...rows.map(line)]
    .join("\n");
}

/** As `deno fmt` leaves it: the file must pass that, too. */
export async function formatDocument(text: string): Promise<string> {
  const process = new Deno.Command(Deno.execPath(), {
    args: ["fmt", "--ext=md", "-"],
    stdin: "piped",
    stdout: "piped",
    stderr: "inherit",
  }).spawn();
  const writer = process.stdin.getWriter();
  await writer.write(new TextEncoder().encode(text));
  await writer.close();
  const { success, stdout } = await process.output();
  if (!success) throw new Error("deno fmt refuses the document");
  return new TextDecoder().decode(stdout);
}
