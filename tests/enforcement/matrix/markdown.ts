/** Markdown tables: written, formatted as `deno fmt` does, and read again. */

/** What stands in a document, by where it stands: `section / row / column`. */
export type Places = Map<string, string>;

/** One table. */
export function table(
  head: readonly string[],
  rows: readonly string[][],
): string {
  const line = (cells: readonly string[]) =>
    `| ${cells.map((cell) => cell.replaceAll("|", "\\|")).join(" | ")} |`;
  return [line(head), line(head.map(() => "---")), ...rows.map(line)]
    .join("\n");
}

/** Words in code's letters. */
export function code(words: readonly string[]): string {
  return words.map((word) => `\`${word}\``).join(" ");
}

/** Every cell of every table; a row's name is its first cell. Of the last two tables a row is a reason. */
export function readPlaces(text: string): Places {
  const places: Places = new Map();
  for (const section of text.split(/^## /m).slice(1)) {
    const [title = ""] = section.split("\n");
    const [head = [], , ...rows] = section.split("\n")
      .filter((line) => line.startsWith("|")).map(cellsOf);
    for (const [name = "", ...cells] of rows) {
      if (head.at(-1) === "columns") placeReason(places, title, name, cells);
      else {
        cells.forEach((cell, i) =>
          places.set(`${title} / ${name} / ${head[i + 1]}`, cell)
        );
      }
    }
  }
  return places;
}

function placeReason(
  places: Places,
  title: string,
  name: string,
  [why = "", columns = ""]: readonly string[],
): void {
  for (const column of columns.split(" ")) {
    places.set(`${title} / ${name} / ${column}`, why);
  }
}

function cellsOf(line: string): string[] {
  return line.split(/(?<!\\)\|/).slice(1, -1)
    .map((cell) => cell.trim().replaceAll("\\|", "|"));
}

/** As `deno fmt` leaves it: the file must pass that, too. */
export async function format(text: string): Promise<string> {
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

/** Where `part` is another than `whole`, with what stands in both; nothing that only `whole` has, but columns of `part`. */
export function differences(whole: Places, part: Places): string[] {
  const columns = new Set([...part.keys()].map(columnOf));
  const places = new Set([
    ...part.keys(),
    ...[...whole.keys()].filter((place) =>
      columns.has(columnOf(place)) && isOfColumn(place)
    ),
  ]);
  return [...places].flatMap((place) => {
    const [expected, found] = [whole.get(place), part.get(place)];
    if (expected === found) return [];
    return [`${place}: expected "${expected}", found "${found}"`];
  });
}

function columnOf(place: string): string {
  return place.slice(place.lastIndexOf(" / ") + 3);
}

/** Letters, as only agents have. */
function isOfColumn(place: string): boolean {
  return /^[A-Z]{1,2}$/.test(columnOf(place));
}
