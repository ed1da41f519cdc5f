/**
 * Makes the one JavaScript file that the binary carries: `main.ts` and
 * everything it imports, the shim's bytes included, minified. Runs nothing.
 */
const ROOT = new URL("../", import.meta.url).pathname;

/**
 * Bundles an entry point with `deno bundle` (esbuild from npm) and answers the text.
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
        "--platform=deno",
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
    return await Deno.readTextFile(output);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

if (import.meta.main) console.log(await bundle(Deno.args[0]));
