/**
 * Which npm packages the binary contains: read from the source maps of the same
 * bundles that it carries, so that types and unused packages do not count.
 */
import { SCRIPTS } from "../../src/process/script_entries.ts";
import { listSources } from "../build/bundle.ts";
import type { Noticed } from "./notices.ts";

const SRC = new URL("../../src/", import.meta.url).pathname;
const IN_CACHE = /^(.*\/npm\/[^/]+\/((?:@[^/]+\/)?[^/]+)\/([^/]+))\//;
const APACHE = new URL("../../LICENSE", import.meta.url);
/** Comments with a copyright: some packages have their notices in their files only. */
const COMMENT = /(?:^\/\/.*\n)+|\/\*[^]*?\*\//gm;
const LICENSE_FILE = /^(licen[cs]e|notice|copying)/i;

/** @throws {Error} with the bundler's own words, or when a package has no license. */
export async function findNpmPackages(): Promise<Noticed[]> {
  const found = new Map<string, { name: string; version: string }>();
  const files = new Map<string, Set<string>>();
  for (const entry of ["../main.ts", ...Object.values(SCRIPTS)]) {
    for (const source of await listSources(`${SRC}${entry}`)) {
      const [, folder, name, version] = IN_CACHE.exec(source) ?? [];
      if (!folder || !name || !version) continue;
      found.set(folder, { name, version });
      files.set(folder, (files.get(folder) ?? new Set()).add(source));
    }
  }
  return await Promise.all(
    [...found].map(([folder, { name, version }]) =>
      readPackage(folder, name, version, [...files.get(folder) ?? []].sort())
    ),
  );
}

async function readPackage(
  folder: string,
  name: string,
  version: string,
  files: readonly string[],
): Promise<Noticed> {
  const { license } = JSON.parse(
    await Deno.readTextFile(`${folder}/package.json`),
  );
  const texts = [...Deno.readDirSync(folder)].map((entry) => entry.name)
    .filter((file) => LICENSE_FILE.test(file)).sort()
    .map((file) => Deno.readTextFileSync(`${folder}/${file}`));
  if (texts.length === 0) texts.push(...readNotices(license, files));
  if (texts.length === 0) throw new Error(`${name} has no license file`);
  return {
    name,
    version,
    purl: `pkg:npm/${name.replace("@", "%40")}@${version}`,
    license,
    notice: texts.join("\n"),
  };
}

/** For a package under the Apache License without its text: the notices in its files, and the text. */
function readNotices(license: string, files: readonly string[]): string[] {
  if (!/\bApache-2\.0\b/.test(license)) return [];
  const comments = files.flatMap((file) =>
    Deno.readTextFileSync(file).match(COMMENT) ?? []
  ).filter((comment) => /\bCopyright\b/.test(comment));
  if (comments.length === 0) return [];
  return [...new Set(comments), Deno.readTextFileSync(APACHE)];
}
