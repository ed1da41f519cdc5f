/**
 * Makes the JavaScript that the binary carries: `main.ts` and everything it
 * imports, the shim's bytes included, minified; and a second one for what few
 * processes need. Their form is a script that is evaluated, not a module. Runs
 * nothing.
 */
const ROOT = new URL("../", import.meta.url).pathname;

/**
 * Bundles an entry point with `deno bundle` (esbuild from npm) and answers the script.
 *
 * @throws {Error} with the bundler's own words.
 */
export async function bundle(entry = `${ROOT}main.ts`): Promise<string> {
  const folder = await Deno.makeTempDir({ prefix: "cloudtaser-bundle-" });
  const output = `${folder}/main.js`;
  try {
    const { success, stderr } = await new Deno.Command(Deno.execPath(), {
      args: [
        "bundle",
        "--quiet",
        "--minify",
        // "deno" makes packages choose their Node.js files, and loading one node: module costs 13 ms.
        "--platform=browser",
        `--config=${ROOT}deno.json`,
        `--output=${output}`,
        entry,
      ],
      cwd: ROOT,
      env: { NO_COLOR: "1" },
      stdout: "null",
      stderr: "piped",
    }).output();
    if (!success) {
      const said = new TextDecoder().decode(stderr);
      throw new Error(`Cannot bundle ${entry}:\n${said}`);
    }
    return makeScript(await Deno.readTextFile(output));
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** esbuild's decoder of bytes that are base64 in the text: 5 ms for the shim. V8 has a native one. */
const SLOW_DECODER =
  /=\(\(\)=>\{for\(var \w=new Uint8Array\(128\).*?return \w\}\}\)\(\);/s;

/** What esbuild ends a module with that exports something, and the licenses behind it. */
const EXPORTS = /\bexport\{([^{}]*)\};?(\s*(?:\/\*![\s\S]*)?)$/;

/**
 * Turns a bundled module into a script: an async function that is called at once, which V8 compiles
 * in one go. What the module exports is what the script's promise answers.
 *
 * @throws {Error} when the module needs to be one, because it imports something that was not bundled.
 */
export function makeScript(module: string): string {
  const body = module
    .replace(SLOW_DECODER, "=t=>Uint8Array.fromBase64(t);")
    .replaceAll("import.meta.url", '"bundle:"')
    .replaceAll("import.meta.main", "true")
    .replace(EXPORTS, (_, names: string, licenses: string) => {
      return `return{${
        names.replace(/([\w$]+) as (\w+)/g, "$2:$1")
      }};${licenses}`;
    })
    .trimEnd();
  const script =
    `(async()=>{"use strict";${body}\n})()\n//# sourceURL=cloudtaser-wrapper.js\n`;
  try {
    new Function(script);
  } catch (cause) {
    const imported = module.match(
      /\b(?:import|export)\b[^;]{0,80}["'][^"']+["']/,
    );
    throw new Error(
      `The bundle is not a script: ${
        imported?.[0] ?? cause
      }. Static imports of node: modules are slow, import them where they are used`,
      { cause },
    );
  }
  return script;
}

if (import.meta.main) console.log(await bundle(Deno.args[0]));
