/**
 * Which npm packages the binary contains: read from the source maps of the same
 * bundles that it carries, so that types and unused packages do not count.
 */
import { SCRIPTS } from "../../src/process/script_entries.ts";
import { listSources } from "../build/bundle.ts";
import type { Component } from "./sbom.ts";

const SRC = new URL("../../src/", import.meta.url).pathname;
const IN_CACHE = /^(.*\/npm\/[^/]+\/((?:@[^/]+\/)?[^/]+)\/([^/]+))\//;
const LICENSE_FILE = /^(licen[cs]e|notice|copying)/i;

/** @throws {Error} with the bundler's own words, or when a package has no license file. */
export async function findNpmPackages(): Promise<Component[]> {
  const found = new Map<string, Component>();
  for (const entry of ["../main.ts", ...Object.values(SCRIPTS)]) {
    for (const source of await listSources(`${SRC}${entry}`)) {
      const [, folder, name, version] = IN_CACHE.exec(source) ?? [];
      if (!folder || !name || !version || found.has(folder)) continue;
      found.set(folder, await readPackage(folder, name, version));
    }
  }
  return [...found.values()];
}

async function readPackage(
  folder: string,
  name: string,
  version: string,
): Promise<Component> {
  const { license } = JSON.parse(
    await Deno.readTextFile(`${folder}/package.json`),
  );
  const texts = [...Deno.readDirSync(folder)].map((entry) => entry.name)
    .filter((file) => LICENSE_FILE.test(file)).sort()
    .map((file) => Deno.readTextFileSync(`${folder}/${file}`));
  if (texts.length === 0) throw new Error(`${name} has no license file`);
  return {
    name,
    version,
    purl: `pkg:npm/${name.replace("@", "%40")}@${version}`,
    license,
    notice: texts.join("\n"),
  };
}
