/** The tables of docs/ENFORCEMENT.md, counted from the matrix of attacks. */
import { type Vector, VECTORS } from "../../src/agent/vectors/table.ts";
import { table } from "../../tests/enforcement/matrix/markdown.ts";
import { type Column, LOCK, readMeasured } from "./measured.ts";

const BACKENDS = ["bpf lsm", "fmod_ret", "kprobe override", "reactive kill"];
const NOT_TRIED = "–";
/** From worst to best. */
const GRADES = ["leaked", "allowed", "killed", "blocked"] as const;
type Grade = (typeof GRADES)[number];

/** A vector and a cell for each group of columns. */
type Judged = readonly [Vector, ...string[]];

/** What got through on each machine of a page in docs/, without and with the lock. */
export function renderMachines(page?: string): string {
  const { vectors, columns } = readMeasured(page);
  const rows = Map.groupBy(
    columns,
    ({ machine, note, backend }) => [machine, note, backend].join(),
  );
  const counted = table(
    ["kernel", "backend", "score", "without the lock", `with ${LOCK}`],
    [...rows.values()].map((columns) => {
      const { machine = "", note, backend = "", score = "" } = columns[0] ?? {};
      const sums = [false, true].map((isLocked) =>
        describe(columns.filter((column) => column.isLocked === isLocked))
      );
      const title = [machine, note].filter(Boolean).join(", ");
      return [title, backend, score, ...sums];
    }),
  );
  return `${vectors.size} attacks, in ${columns.length} combinations of ` +
    `kernel, boot parameters and agent:\n\n${counted}`;
}

/** Ways that BPF LSM blocks and another backend does not. */
export function renderPartial(): string {
  const rows = judge(BACKENDS.map((backend) => [backend, false]))
    .filter(([, lsm = "", ...others]) =>
      lsm !== NOT_TRIED && !isGap(lsm) && others.some(isGap)
    )
    .map(([{ title }, ...cells]) => [title, ...cells]);
  return table(["way", ...BACKENDS], rows);
}

/** Ways that stay open without the lock, whatever the backend; leaks first. */
export function renderUnlocked(): string {
  const rows = judge([["bpf lsm", false], ["", false], ["", true]])
    .filter(([, lsm = "", unlocked = ""]) =>
      isGap(lsm) || lsm === NOT_TRIED && isGap(unlocked)
    )
    .filter((row) => isLeak(row) || !row[0].steals.startsWith("nothing"));
  const sorted = [...rows.filter(isLeak), ...rows.filter((r) => !isLeak(r))];
  return table(
    ["way", "what it gives", "without the lock", `with ${LOCK}`],
    sorted.map(([{ title, steals }, , ...cells]) => [title, steals, ...cells]),
  );
}

/** What came of each vector, by backend ("": all) and lock. */
function judge(
  groups: readonly (readonly [backend: string, isLocked: boolean])[],
): Judged[] {
  const { vectors, columns } = readMeasured();
  return VECTORS.map((vector) => {
    const isOfIt = (attack: string) => vectors.get(attack) === vector.id;
    const cells = groups.map(([backend, isLocked]) => {
      const group = columns.filter((column) =>
        column.isLocked === isLocked && ["", column.backend].includes(backend)
      );
      return describe(group, isOfIt);
    });
    return [vector, ...cells];
  });
}

function isGap(cell: string): boolean {
  return /leaked|allowed/.test(cell);
}

function isLeak([, ...cells]: Judged): boolean {
  return cells.some((cell) => cell.includes("leaked"));
}

/** The worst result of each attack over the columns, counted. */
function describe(
  columns: readonly Column[],
  isCounted: (attack: string) => boolean = () => true,
): string {
  const worst = new Map<string, Grade>();
  for (const { results } of columns) {
    for (const [attack, result] of results) {
      if (!isCounted(attack)) continue;
      const grades = [gradeOf(result), worst.get(attack) ?? "blocked"];
      worst.set(
        attack,
        GRADES.find((grade) => grades.includes(grade)) ?? "blocked",
      );
    }
  }
  const grades = [...worst.values()];
  if (grades.length === 0) return NOT_TRIED;
  const through = (["leaked", "allowed"] as const)
    .map((word) => [grades.filter((grade) => grade === word).length, word])
    .filter(([count]) => count !== 0).map((pair) => pair.join(" "));
  if (through.length > 0) return `${through.join(", ")} of ${grades.length}`;
  return grades.includes("killed") ? "killed" : "blocked";
}

function gradeOf(result: string): Grade {
  const word = result.replaceAll("*", "");
  return GRADES.find((grade) => grade === word) ?? "blocked";
}
