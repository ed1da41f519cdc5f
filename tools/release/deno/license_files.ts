/**
 * The license texts of one crate: its files, where its license leaves a choice
 * only those that this project chooses, and without files the standard text with
 * the copyright lines of its sources.
 */
import type { Crate } from "./cargo.ts";

const HERE = new URL("./", import.meta.url);
const APACHE = new URL("../../../LICENSE", import.meta.url);

const LICENSE_FILE =
  /^(?:un)?(?:licen[cs]es?|notices?|copying|copyright)(?:[-._].*)?$/i;
/** Below these nothing is linked, or it is a license that this project does not choose. */
const NOT_LINKED =
  /\b(?:tests?|testdata|docs?|contrib|cmake|build-aux|sqlcipher|wasm|dotzlib)\/|BUILDTOOLS|COPYING\.L?GPL|zstd\/COPYING$|\.(?:sh|rs|toml)$/;
const SOURCE = /\.(?:rs|ts|js|mjs|cjs|c|h|cc)$/;
const COPYRIGHT_LINE =
  /^[\s/*#!;]*([^"=\n]*\bCopyright (?:\(c\)|©|\d{4}|[A-Z][a-z])[^"=\n]*)$/gm;
const MAX_SOURCE_LINE = 200;

/** The texts of a crate, and where they are from if not from license files. */
export interface LicenseTexts {
  readonly texts: readonly string[];
  /** Copyright lines for a text that has none. */
  readonly holders: readonly string[];
}

/** @throws {Error} if the crate has neither a file nor a license with a standard text */
export async function findLicenseTexts(
  crate: Crate,
  all: readonly Crate[],
): Promise<LicenseTexts> {
  // It is part of every build, and its package has no license files.
  if (crate.name === "v8") {
    const own = await readText(new URL("./v8.txt", HERE));
    return { texts: [await standardText("MIT"), own], holders: [DENO_AUTHORS] };
  }
  const parts = await readFiles(crate, "parts");
  const own = await readFiles(crate, "own");
  if (own.length > 0) return { texts: [...own, ...parts], holders: [] };
  const holders = await findHolders(crate);
  for (const other of all) {
    const isSibling = crate.repository !== "" && other !== crate &&
      other.repository === crate.repository && other.license === crate.license;
    const texts = isSibling ? await readFiles(other, "own") : [];
    if (texts.length > 0) return { texts: [...texts, ...parts], holders };
  }
  const text = await standardText(crate.license);
  return { texts: [text, ...parts], holders };
}

const DENO_AUTHORS = "Copyright 2018-2026 the Deno authors";

/** Of the crate itself, or of what others wrote: in folders below it. */
async function readFiles(
  crate: Crate,
  which: "own" | "parts",
): Promise<string[]> {
  const names: string[] = [];
  for await (const name of filesBelow(crate.folder, "")) {
    const file = name.replace(/^.*\//, "");
    if (!LICENSE_FILE.test(file) || NOT_LINKED.test(name)) continue;
    if (name.includes("/") === (which === "parts")) names.push(name);
  }
  names.sort();
  const chosen = which === "own" ? choose(names, crate.license) : names;
  return await Promise.all(
    chosen.map((name) => readText(`${crate.folder}/${name}`)),
  );
}

/** MIT, where the license lets one choose it and has a file of its own for it. */
function choose(names: readonly string[], license: string): readonly string[] {
  const isFree = /\bMIT\b/.test(license) && !/\bAND\b/.test(license);
  const mit = names.filter((name) => /mit\b/i.test(name));
  if (!isFree || mit.length === 0) return names;
  return names.filter((name) =>
    mit.includes(name) ||
    !/apache|unlicense|boost|bsl|zlib|isc|bsd|cc0/i.test(name)
  );
}

async function* filesBelow(
  root: string,
  folder: string,
): AsyncGenerator<string> {
  for await (const entry of Deno.readDir(`${root}/${folder}`)) {
    const name = `${folder}${entry.name}`;
    if (entry.isDirectory) yield* filesBelow(root, `${name}/`);
    else if (entry.isFile) yield name;
  }
}

/** The license's own words, for a package that only names it. */
export async function standardText(license: string): Promise<string> {
  if (/\bMIT\b/.test(license)) {
    const deno = await readText(new URL("./license.txt", HERE));
    return deno.replace(/^Copyright .*\n\n/m, "");
  }
  if (/\bApache-2\.0\b/.test(license)) return await readText(APACHE);
  if (license === "CC0-1.0") {
    return "Dedicated to the public domain by its authors:\nhttps://creativecommons.org/publicdomain/zero/1.0/\n";
  }
  throw new Error(`no text for the license "${license}"`);
}

/** The copyright lines of the sources, else the authors in Cargo.toml, if it names any. */
async function findHolders({ folder, authors }: Crate): Promise<string[]> {
  const found = new Set<string>();
  for await (const name of filesBelow(folder, "")) {
    if (!SOURCE.test(name) || /(?:^|\/)(?:tests?|benches)\//.test(name)) {
      continue;
    }
    const text = await readText(`${folder}/${name}`);
    for (const [, line = ""] of text.matchAll(COPYRIGHT_LINE)) {
      if (line.length < MAX_SOURCE_LINE) found.add(line.trim());
    }
  }
  if (found.size > 0) return [...found].sort();
  return authors.map((name) => `Authors: ${name}`);
}

async function readText(path: string | URL): Promise<string> {
  return new TextDecoder().decode(await Deno.readFile(path))
    .replaceAll("\r\n", "\n");
}
