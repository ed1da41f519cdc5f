/** Writes the tables of docs/RUNTIMES.md from rows, and compares them with rows. */

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

const PAGE = new URL("../../docs/RUNTIMES.md", import.meta.url)
  .pathname;

const TITLES = [
  "runtime",
  "version",
  "interposed",
  "control: environ, memory",
  "idle: environ, memory",
  "after reading: environ, memory",
  "note",
];

/** The page with these rows as the table below `title`. */
function replaceTable(
  text: string,
  title: string,
  rows: readonly Row[],
): string {
  const { start, end } = findTable(text, title);
  return text.slice(0, start) + draw(rows) + text.slice(end);
}

/** Where the table below a title is. @throws {Error} when there is none */
function findTable(text: string, title: string) {
  const section = text.indexOf(`\n## ${title}\n`);
  const start = text.indexOf("\n|", section) + 1;
  if (section < 0 || start === 0) throw new Error(`no table of ${title}`);
  const after = text.indexOf("\n\n", start);
  return { start, end: after < 0 ? text.length : after + 1 };
}

function draw(rows: readonly Row[]): string {
  const cells = [TITLES, ...rows.map(toCells)];
  const widths = TITLES.map((_, i) =>
    Math.max(...cells.map((row) => row[i]?.length ?? 0))
  );
  const line = (row: readonly string[]) =>
    `| ${row.map((cell, i) => cell.padEnd(widths[i] ?? 0)).join(" | ")} |`;
  const [head = [], ...body] = cells;
  const rule = widths.map((width) => "-".repeat(width));
  return `${[head, rule, ...body].map(line).join("\n")}\n`;
}

/** Cells that are worse in `rows` than in the page's table below `title`. */
function compareTables(
  text: string,
  title: string,
  rows: readonly Row[],
): string[] {
  const { start, end } = findTable(text, title);
  const written = new Map(
    text.slice(start, end).split("\n").filter((line) => line.startsWith("| "))
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

/** Writes the rows when WRITE_RUNTIMES is 1. @returns cells that are worse than the page's */
export async function writeOrCompare(
  title: string,
  rows: readonly Row[],
): Promise<string[]> {
  if (Deno.env.get("WRITE_RUNTIMES") === "1") {
    const text = await Deno.readTextFile(PAGE);
    await Deno.writeTextFile(PAGE, replaceTable(text, title, rows));
  }
  return compareTables(await Deno.readTextFile(PAGE), title, rows);
}
