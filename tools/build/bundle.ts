/**
 * Makes the scripts of the binary: `main.ts` with everything it imports, and one
 * script for each program that few processes need, so that a wrapper does not
 * parse it at its start.
 */
import { brotliCompressSync, constants } from "node:zlib";
import { SCRIPTS } from "../../src/process/script_entries.ts";
import { run } from "../run.ts";
import { TemporaryFolder } from "../temporary_folder.ts";
import { ensureEsbuild } from "./esbuild.ts";

const ROOT = new URL("../../", import.meta.url).pathname;

/** Bundles the separate scripts, by name. */
export async function bundleScripts(): Promise<Map<string, string>> {
  const scripts = new Map<string, string>();
  for (const [name, entry] of Object.entries(SCRIPTS)) {
    scripts.set(name, await bundle(`${ROOT}src/${entry}`));
  }
  return scripts;
}

/** Compresses with brotli at its best, which takes seconds for a megabyte. */
export function compress(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  return new Uint8Array(brotliCompressSync(bytes, {
    params: {
      [constants.BROTLI_PARAM_QUALITY]: constants.BROTLI_MAX_QUALITY,
      [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length,
    },
  }));
}

/** Bundles an entry point into a script. @throws {Error} with the bundler's messages */
export async function bundle(entry = `${ROOT}main.ts`): Promise<string> {
  await using folder = await TemporaryFolder.make("bundle");
  const output = `${folder.path}/main.js`;
  await bundleTo(output, entry);
  return makeScript(await Deno.readTextFile(output));
}

/**
 * Absolute paths of the files in the bundle of an entry point.
 *
 * @throws {Error} with the bundler's messages
 */
export async function listSources(entry: string): Promise<string[]> {
  await using folder = await TemporaryFolder.make("sources");
  const output = `${folder.path}/bundle.js`;
  await bundleTo(output, entry, "--sourcemap=external");
  const map: { sources: string[] } = JSON.parse(
    await Deno.readTextFile(`${output}.map`),
  );
  const base = `file://${folder.path}/`;
  return map.sources.map((path) => new URL(path, base).pathname);
}

/** "deno" as platform makes packages choose their Node.js files, and loading one node: module costs 13 ms. */
async function bundleTo(output: string, entry: string, ...more: string[]) {
  await ensureEsbuild();
  const flags = ["--quiet", "--minify", "--platform=browser", ...more];
  const files = [`--config=${ROOT}deno.json`, `--output=${output}`, entry];
  await run(Deno.execPath(), ["bundle", ...flags, ...files], {
    cwd: ROOT,
    env: { NO_COLOR: "1" },
  });
}

/** The end of esbuild's module: its exports, and licenses behind them. */
const EXPORTS = /\bexport\{([^{}]*)\};?(\s*(?:\/\*![\s\S]*)?)$/;

/**
 * Turns a bundled module into a script: an async function that is called at once, which V8 compiles
 * in one go. Its promise resolves to the module's exports.
 *
 * @throws {Error} when the module imports something that was not bundled.
 */
export function makeScript(module: string): string {
  const body = module
    .replaceAll("import.meta.url", '"bundle:"')
    .replaceAll("import.meta.main", "true")
    .replace(EXPORTS, (_, names: string, licenses: string) => {
      const fields = names.replace(/([\w$]+) as (\w+)/g, "$2:$1");
      return `return{${fields}};${licenses}`;
    })
    .trimEnd();
  const script =
    `(async()=>{"use strict";${body}\n})()\n//# sourceURL=cloudtaser-wrapper.js\n`;
  try {
    new Function(script);
  } catch (cause) {
    const imports = /\b(?:import|export)\b[^;]{0,80}["'][^"']+["']/;
    const reason = imports.exec(module)?.[0] ?? cause;
    throw new Error(
      `The bundle is not a script: ${reason}. Static imports of node: modules are slow, import them where they are used`,
      { cause },
    );
  }
  return script;
}

if (import.meta.main) console.log(await bundle(Deno.args[0]));
