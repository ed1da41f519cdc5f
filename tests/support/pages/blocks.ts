/** The blocks of commands and settings of the pages that users read. */

export const ROOT = new URL("../../../", import.meta.url).pathname;

/** A fenced block. */
export interface Block {
  readonly page: string;
  /** Of its first line. */
  readonly line: number;
  readonly language: string;
  readonly text: string;
}

/** What no test runs, by its start, and why. `PageShell` leaves it out. */
export const NOT_RUN: readonly {
  readonly page: string;
  readonly start: string;
  readonly reason: string;
}[] = [
  {
    page: "README.md",
    start: "tools/deno task test ",
    reason: "it would run the test that runs it",
  },
  {
    page: "docs/PERFORMANCE.md",
    start: "deno task bench ",
    reason: "it needs a machine on which nothing else runs",
  },
];

/** Blocks with these are commands, or lines of a Dockerfile. */
const LANGUAGES = ["sh", "bash", "shell", "console", "dockerfile"];

/** All pages for users and contributors. */
export function listPages(): string[] {
  const top = ["README.md", "CONTRIBUTING.md"];
  const docs = [...Deno.readDirSync(`${ROOT}docs`)]
    .map(({ name }) => `docs/${name}`).filter((name) => name.endsWith(".md"));
  return [...top, ...docs.sort(), ...readmesBelow("deploy")];
}

/** The blocks of a page that a test must run. */
export function listBlocks(page: string): Block[] {
  const text = Deno.readTextFileSync(ROOT + page);
  return [...text.matchAll(/^( *)```(\w*)\n([^]*?)^\1```$/gm)].map((found) => ({
    page,
    line: text.slice(0, found.index).split("\n").length + 1,
    language: found[2] ?? "",
    text: found[3] ?? "",
  })).filter(({ language, text }) =>
    LANGUAGES.includes(language) || /^ *\$ /m.test(text)
  );
}

/** The only block of the page that begins with `start`. */
export function findBlock(page: string, start: string): Block {
  const [block, ...more] = listBlocks(page)
    .filter(({ text }) => text.startsWith(start));
  if (block === undefined) throw new Error(`${page}: no block "${start}"`);
  if (more.length > 0) throw new Error(`${page}: two blocks "${start}"`);
  return block;
}

/** The lines of a Dockerfile. @throws {Error} for commands, which are to be run */
export function dockerfileOf(page: string, start: string): string {
  const { text, language } = findBlock(page, start);
  if (language !== "dockerfile") throw new Error(`${page}: run "${start}"`);
  return text;
}

/** Gives the lines of a block to a function that runs them on another machine. */
export async function runElsewhere(
  page: string,
  start: string,
  execute: (lines: string) => Promise<void>,
): Promise<void> {
  await execute(`${linesToRun(findBlock(page, start)).join("\n")}\n`);
}

/** What of a block is run: without the output after commands that `$` marks, and the lines of NOT_RUN. */
export function linesToRun({ page, text }: Block): string[] {
  const lines = text.trimEnd().split("\n");
  const marked = lines.filter((line) => line.startsWith("$ "))
    .map((line) => line.slice(2));
  return (marked.length > 0 ? marked : lines).filter((line) =>
    !NOT_RUN.some((one) => one.page === page && line.startsWith(one.start))
  );
}

function readmesBelow(folder: string): string[] {
  return [...Deno.readDirSync(ROOT + folder)].flatMap((entry) => {
    const path = `${folder}/${entry.name}`;
    if (entry.isDirectory) return readmesBelow(path);
    return entry.name.endsWith(".md") ? [path] : [];
  });
}
