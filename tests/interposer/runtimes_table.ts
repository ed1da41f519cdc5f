/** Writes docs/RUNTIMES.md from rows, and compares it with rows. */

/** What root found in one process. */
export interface Found {
  readonly environ: number;
  readonly memory: number;
  readonly isInterposed: boolean;
}

export interface Row {
  readonly name: string;
  readonly version: string;
  readonly control: Found;
  readonly before: Found | undefined;
  readonly after: Found;
  readonly note: string;
}

export const TABLE = new URL("../../docs/RUNTIMES.md", import.meta.url)
  .pathname;

const HEAD = `# Runtimes

The number of copies of one secret that root finds in an application's process:
in \`/proc/PID/environ\`, and in all memory through \`/proc/PID/mem\`. No node
agent runs; it would block these reads. \`tests/interposer/runtimes_test.ts\`
writes this page (\`WRITE_RUNTIMES=1\`) and fails if a 0 is no longer 0. Each
environment has the secret under two names. In every row the application and its
child read the right value (psql sends it; nginx does not use it).

**Control**: an ordinary environment. **Idle**: \`CLOUDTASER_INTERPOSE=auto\`,
before the application reads the secret. **After reading**: after it has read the
secret and started a child.

`;
const TITLES = [
  "runtime",
  "version",
  "interposed",
  "control: environ, memory",
  "idle: environ, memory",
  "after reading: environ, memory",
  "note",
];

/** The whole file. */
export function describe(rows: readonly Row[]): string {
  const cells = [TITLES, ...rows.map(toCells)];
  const widths = TITLES.map((_, i) =>
    Math.max(...cells.map((row) => row[i]?.length ?? 0))
  );
  const line = (row: readonly string[]) =>
    `| ${row.map((cell, i) => cell.padEnd(widths[i] ?? 0)).join(" | ")} |`;
  const [head = [], ...body] = cells;
  const rule = widths.map((width) => "-".repeat(width));
  return `${HEAD}${[head, rule, ...body].map(line).join("\n")}\n`;
}

/** Cells that are worse in `rows` than in the file's table. */
export function compareTables(text: string, rows: readonly Row[]): string[] {
  const written = new Map(
    text.split("\n").filter((line) => line.startsWith("| "))
      .map((line) => line.slice(2, -2).split(" | ").map((cell) => cell.trim()))
      .map((cells) => [cells[0] ?? "", cells]),
  );
  return rows.flatMap((row) => {
    const old = written.get(row.name);
    if (!old) return [`${row.name}: not in the table`];
    const now = toCells(row);
    return [2, 4, 5].filter((i) => isWorse(old[i] ?? "", now[i] ?? ""))
      .map((i) => `${row.name}, ${TITLES[i]}: was ${old[i]}, is ${now[i]}`);
  });
}

function toCells(row: Row): string[] {
  return [
    row.name,
    row.version,
    row.after.isInterposed ? "yes" : "no",
    show(row.control),
    row.before ? show(row.before) : "–",
    show(row.after),
    row.note,
  ];
}

/** "several" for more than one copy: their number changes with garbage collection. */
function show({ environ, memory }: Found): string {
  return `${environ}, ${memory > 1 ? "several" : memory}`;
}

function isWorse(old: string, now: string): boolean {
  if (old === "yes") return now !== "yes";
  const [before, after] = [old, now].map((cell) => cell.split(", "));
  return before?.some((part, i) => part === "0" && after?.[i] !== "0") ?? true;
}
