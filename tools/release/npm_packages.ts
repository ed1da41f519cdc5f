/**
 * Which npm packages the binary contains: read from the source maps of the same
 * bundles that it carries, so that types and unused packages do not count.
 */
import { SCRIPTS } from "../../src/process/script_entries.ts";
import type { Component } from "./component.ts";

const ROOT = new URL("../../", import.meta.url).pathname;
const IN_CACHE = /^(.*\/npm\/[^/]+\/((?:@[^/]+\/)?[^/]+)\/([^/]+))\//;
const LICENSE_FILE = /^(licen[cs]e|notice|copying)/i;

/** @throws {Error} with the bundler's own words, or when a package has no license file. */
export async function findNpmPackages(): Promise<Component[]> {
  const found = new Map<string, Component>();
  const scripts = Object.values(SCRIPTS).map((path) => `src/${path}`);
  const entries = ["main.ts", ...scripts];
  for (const entry of entries) {
    for (const source of await sourcesOf(entry)) {
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
  const texts: string[] = [];
  for (const { name: file } of [...Deno.readDirSync(folder)].sort(byName)) {
    if (!LICENSE_FILE.test(file)) continue;
    texts.push(await Deno.readTextFile(`${folder}/${file}`));
  }
  if (texts.length === 0) throw new Error(`${name} has no license file`);
  return {
    name,
    version,
    purl: `pkg:npm/${name.replace("@", "%40")}@${version}`,
    license,
    notice: texts.join("\n"),
  };
}

/** Absolute paths of the files that end up in the bundle of `entry`. */
async function sourcesOf(entry: string): Promise<string[]> {
  const folder = await Deno.makeTempDir({ prefix: "cloudtaser-sources-" });
  try {
    const output = `${folder}/bundle.js`;
    const { success, stderr } = await new Deno.Command(Deno.execPath(), {
      args: [
        ...["bundle", "--quiet", "--minify", "--platform=browser"],
        ...["--sourcemap=external", `--output=${output}`, entry],
      ],
      cwd: ROOT,
    }).output();
    if (!success) throw new Error(new TextDecoder().decode(stderr));
    const map: { sources: string[] } = JSON.parse(
      await Deno.readTextFile(`${output}.map`),
    );
    return map.sources.map((path) =>
      new URL(path, `file://${folder}/`).pathname
    );
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

function byName(a: Deno.DirEntry, b: Deno.DirEntry): number {
  return a.name < b.name ? -1 : 1;
}
