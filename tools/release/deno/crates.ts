/**
 * The crates of Deno's executable and their notices, as update.ts wrote them:
 * crates.tsv has one crate a line, crates.txt the license texts.
 */
import type { Component } from "../sbom.ts";

export const TABLE = new URL("./crates.tsv", import.meta.url);
export const NOTICES = new URL("./crates.txt", import.meta.url);

interface Row {
  readonly name: string;
  readonly version: string;
  readonly license: string;
  readonly sha256: string;
}

/** The text of crates.tsv. */
export function renderTable(deno: string, crates: readonly Row[]): string {
  const rows = crates.map(({ name, version, license, sha256 }) =>
    [name, version, license, sha256].join("\t")
  );
  return [`# deno ${deno}`, ...rows, ""].join("\n");
}

/**
 * Reads the committed table.
 *
 * @param deno the version that the binary contains.
 * @throws {Error} if the files were made for another version.
 */
export async function readCrates(deno: string): Promise<Component[]> {
  const [head, ...rows] = (await Deno.readTextFile(TABLE)).trimEnd()
    .split("\n");
  if (head !== `# deno ${deno}`) {
    const remedy = "run deno run -A tools/release/deno/update.ts";
    throw new Error(`crates.tsv is of "${head}", not deno ${deno}: ${remedy}`);
  }
  return rows.map((row) => {
    const [name = "", version = "", license = "", sha256 = ""] = row.split(
      "\t",
    );
    return {
      name,
      version,
      purl: `pkg:cargo/${name}@${encodeURIComponent(version)}`,
      ...license !== "" && { license },
      ...sha256 !== "" && { sha256 },
    };
  });
}
