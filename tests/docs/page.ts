/** Reads pages and sources for the tests of this folder. */

export const ROOT = new URL("../../", import.meta.url);

/** The text of a file of this repository. */
export function read(path: string): string {
  return Deno.readTextFileSync(new URL(path, ROOT));
}

/** Where the sources are: the chart's `home`, which pages and alerts repeat. */
export function readRepository(): string {
  const [, home = ""] =
    /^home: (\S+)$/m.exec(read("deploy/chart/Chart.yaml")) ??
      [];
  return home;
}

/** All files below a folder, by their paths in this repository. */
export function listFiles(folder: string): string[] {
  return [...Deno.readDirSync(new URL(folder, ROOT))].flatMap((entry) =>
    entry.isDirectory
      ? listFiles(`${folder}/${entry.name}`)
      : [`${folder}/${entry.name}`]
  );
}

/** Rows of a text's tables, heads included, as cells. */
export function rowsOf(text: string): string[][] {
  return text.split("\n").filter((line) => /^\| .*\|$/.test(line))
    .filter((line) => !/^\| -/.test(line))
    .map((line) => line.slice(1, -1).split(" | ").map((cell) => cell.trim()));
}

/** The blocks of commands of a page. */
export function blocksOf(text: string): string[] {
  return [...text.matchAll(/^```sh\n([^]*?)^```$/gm)]
    .map(([, block = ""]) => block);
}

/** The titles of a page's sections. */
export function headings(text: string): string[] {
  return [...text.matchAll(/^#+ (.*)$/gm)].map(([, title = ""]) => title);
}

/** As GitHub makes it. */
export function anchorOf(title: string): string {
  return title.toLowerCase().replace(/[^\p{L}\p{N}_ -]/gu, "")
    .replaceAll(" ", "-");
}
