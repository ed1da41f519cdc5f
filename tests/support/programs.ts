/**
 * Compiles the C programs of tests/system/programs, once a test process, static
 * so that they also run in an empty root. Not part of the product.
 */
const FLAGS = ["-std=gnu11", "-O1", "-Wall", "-Wextra", "-Werror", "-static"];

let _folder: string | undefined;
const _compiled = new Map<string, string>();

/** Path of the compiled program; anybody may run it. @throws Error with gcc's words */
export function compileProgram(name: string): string {
  const known = _compiled.get(name);
  if (known !== undefined) return known;
  _folder ??= makeFolder();
  const output = `${_folder}/${name}`;
  const source = new URL(`../system/programs/${name}.c`, import.meta.url);
  const { success, stderr } = new Deno.Command("gcc", {
    args: [...FLAGS, "-o", output, source.pathname],
  }).outputSync();
  if (!success) throw new Error(new TextDecoder().decode(stderr));
  _compiled.set(name, output);
  return output;
}

function makeFolder(): string {
  const folder = Deno.makeTempDirSync({ prefix: "cloudtaser-programs-" });
  Deno.chmodSync(folder, 0o755);
  addEventListener("unload", () => {
    Deno.removeSync(folder, { recursive: true });
  });
  return folder;
}
