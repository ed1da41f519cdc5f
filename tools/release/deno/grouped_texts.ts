/**
 * License texts by their words: a text that many crates have stands once, below
 * the list of these crates with the copyright lines of each.
 */

/** One crate's text. */
export interface Licensed {
  /** `serde 1.0.228` */
  readonly crate: string;
  readonly text: string;
  /** Copyright lines for a text that has none. */
  readonly holders: readonly string[];
}

interface Group {
  readonly body: string;
  readonly crates: Map<string, Set<string>>;
}

/** A line that names who has the copyright, not one of the license's own sentences. */
const HOLDER =
  /^[ \t*#/]*((?:copyright\b(?! (?:notice|holder|owner|license))(?=.*(?:\d{4}|\(c\)|©|\b(?:authors?|contributors|developers|team)\b))|\(c\) (?:copyright\b|.*\d{4})|©).*)$/i;
const TITLE = /^(?:the )?mit license(?: mit)? /;
/** The example in the Apache License's appendix. */
const EXAMPLE = /[[{<](?:yyyy|year)[\]}>]/i;
const LINE = "-".repeat(79);

/** The text of all, the most frequent license first. */
export function renderGroups(all: readonly Licensed[]): string {
  const groups = new Map<string, Group>();
  for (const { crate, text, holders } of all) {
    const { body, found } = splitText(text);
    const words = body.toLowerCase().replaceAll(/[^a-z0-9]+/g, " ").trim();
    const key = words.replace(TITLE, "");
    const group = groups.get(key) ?? { body, crates: new Map() };
    groups.set(key, group);
    const lines = group.crates.get(crate) ?? new Set();
    group.crates.set(crate, lines);
    for (const line of [...found, ...holders]) lines.add(line);
  }
  return [...groups.values()]
    .sort((a, b) => b.crates.size - a.crates.size || compare(a.body, b.body))
    .map(renderGroup).join("\n");
}

function splitText(text: string): { body: string; found: readonly string[] } {
  const found: string[] = [];
  const rest = text.split("\n").filter((line) => {
    const [, holder] = HOLDER.exec(line) ?? [];
    if (holder === undefined) return true;
    if (!EXAMPLE.test(holder)) found.push(holder.trim());
    return EXAMPLE.test(holder);
  });
  const lines = rest.map((line) => line.trimEnd()).join("\n");
  return { body: lines.replaceAll(/\n{3,}/g, "\n\n").trim(), found };
}

function renderGroup({ body, crates }: Group): string {
  const list = [...crates].flatMap(([crate, lines]) => [
    crate,
    ...[...lines].map((line) => `  ${line}`),
  ]);
  return [LINE, ...list, LINE, "", body, ""].join("\n");
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
