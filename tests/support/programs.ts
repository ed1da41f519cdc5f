/**
 * Compiles app.c and programs of tests/attacks/programs, once in a test
 * process, static so that they also run in an empty root.
 */
import { COMMON, compiler } from "../../tools/build/c.ts";

let _folder: string | undefined;
const _compiled = new Map<string, string>();

/** Path of the compiled program; every user may run it. @throws {Error} with gcc's message */
export function compileProgram(name: string): string {
  const known = _compiled.get(name);
  if (known !== undefined) return known;
  _folder ??= makeFolder();
  const output = `${_folder}/${name}`;
  const { success, stderr } = new Deno.Command(compiler(), {
    args: [...COMMON, "-O1", "-static", "-o", output, sourceOf(name)],
  }).outputSync();
  if (!success) throw new Error(new TextDecoder().decode(stderr));
  _compiled.set(name, output);
  return output;
}

function sourceOf(name: string): string {
  const path = name === "app" ? "app.c" : `../attacks/programs/${name}.c`;
  return new URL(path, import.meta.url).pathname;
}

function makeFolder(): string {
  const folder = Deno.makeTempDirSync({ prefix: "cloudtaser-programs-" });
  Deno.chmodSync(folder, 0o755);
  addEventListener("unload", () => {
    Deno.removeSync(folder, { recursive: true });
  });
  return folder;
}
