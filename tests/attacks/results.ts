/**
 * Reads the output of the attack programs: rows, marks, results, and which of
 * two results is worse. README.md defines them.
 */
import { ok } from "node:assert/strict";

/** One way to attack. */
export interface AttackRow {
  readonly name: string;
  readonly vector: string;
  readonly what: string;
  /** Ends the victim or leaves it unfit. */
  readonly endsVictim: boolean;
  /** Hits the agent, the enforcer, or what protection is made of. */
  readonly hitsAgent: boolean;
  /** Changes the whole machine. */
  readonly hitsMachine: boolean;
  /** Refused to every process or to none, whatever its target is. */
  readonly hitsEverybody: boolean;
  /** Has a first half before protection began. */
  readonly holds: boolean;
}

/** Result by the attack's name: `leaked`, `allowed`, `killed`, an errno, or `n/a: why`. */
export type Results = Map<string, string>;

/** Reads `attack --list`. */
export function parseRows(list: string): AttackRow[] {
  const rows = list.trim().split("\n").map((line) => {
    const [name = "", vector = "", marks = "", ...what] = line.split(" ");
    return {
      name,
      vector,
      what: what.join(" "),
      endsVictim: marks.includes("V"),
      hitsAgent: marks.includes("A"),
      hitsMachine: marks.includes("M"),
      hitsEverybody: marks.includes("E"),
      holds: marks.includes("H"),
    };
  });
  ok(rows.length > 40, `attack --list has ${rows.length} rows`);
  return rows;
}

/** Reads lines `ROW VECTOR RESULT`, and skips others. */
export function parseResults(output: string): Results {
  const results: Results = new Map();
  for (const line of output.split("\n")) {
    const [, name = "", , result = ""] =
      /^(\w+) (\w+) (leaked|allowed|blocked:\w+|killed:\d+|n\/a:.*)$/
        .exec(line) ?? [];
    if (name !== "") results.set(name, plain(result));
  }
  return results;
}

function plain(result: string): string {
  if (result.startsWith("blocked:")) return result.slice("blocked:".length);
  if (result.startsWith("killed:")) return "killed";
  return result.replace(/^n\/a:/, "n/a: ");
}

/** Whether the attack succeeded, as a control must. */
export function succeeded(result: string | undefined): boolean {
  return result === "leaked" || result === "allowed";
}

/** An errno: the attack got nothing, and the attacker lives. */
export function isRefused(result: string | undefined): boolean {
  return /^E[A-Z]+$/.test(result ?? "");
}

/** Whether the result proves nothing about protection. */
export function isNotApplicable(result: string | undefined): boolean {
  return result === undefined || result.startsWith("n/a");
}

const ORDER = ["leaked", "allowed", "killed"];

function worse(one: string, other: string): string {
  return badness(one) <= badness(other) ? one : other;
}

function badness(result: string): number {
  if (isNotApplicable(result)) return ORDER.length + 1;
  const at = ORDER.indexOf(result);
  return at < 0 ? ORDER.length : at;
}

/** The results for which the control succeeded; the others become `n/a` with the reason. */
export function settle(controls: Results, found: Results): Results {
  return new Map([...controls].flatMap(([name, control]) => {
    const result = found.get(name);
    if (result === undefined) return [];
    if (succeeded(control)) return [[name, result]];
    if (isNotApplicable(control)) return [[name, control]];
    return [[name, `n/a: without an agent too: ${control}`]];
  }));
}

/** All results; of two for the same attack the worse. */
export function worst(...all: readonly Results[]): Results {
  const results: Results = new Map();
  for (const [name, result] of all.flatMap((one) => [...one])) {
    const known = results.get(name);
    results.set(name, known === undefined ? result : worse(known, result));
  }
  return results;
}
