/**
 * What all builds of C code share: the flags, one run of a compiler, and when a
 * file is up to date. What is built is the business of `tools/shim.ts` and
 * `tools/enforcer.ts`.
 */
import { BUILD_PACKAGES } from "./packages.ts";

/** The repository, with a slash at its end. */
export const ROOT = new URL("../", import.meta.url).pathname;
/** Where everything that is made of C lands. */
export const OUT = `${ROOT}c/build`;

/** What every C file of ours is compiled with. Warnings are errors. */
export const COMMON = [
  "-std=c11",
  "-D_GNU_SOURCE",
  "-g0",
  "-fPIC",
  "-fvisibility=hidden",
  "-fstack-protector-strong",
  "-Wall",
  "-Wextra",
  "-Wpedantic",
  "-Wshadow",
  "-Wconversion",
  "-Wstrict-prototypes",
  "-Wmissing-prototypes",
  "-Wformat=2",
  "-Wvla",
  "-Werror",
  "-pthread",
];

/** For what is delivered. */
export const RELEASE = [
  "-O2",
  "-D_FORTIFY_SOURCE=3",
  `-ffile-prefix-map=${ROOT}=`,
];
/** AddressSanitizer and UBSan, for tests. */
export const SANITIZED = [
  "-O1",
  "-g",
  "-fno-omit-frame-pointer",
  "-fsanitize=address,undefined",
  "-fno-sanitize-recover=all",
];

/** The C compiler. */
export function compiler(): string {
  return Deno.env.get("CC") ?? "gcc";
}

/**
 * Runs a compiler or one of its relatives in the repository.
 *
 * @returns what it printed. @throws {Error} with its own words.
 */
export async function runTool(
  command: string,
  args: readonly string[],
): Promise<Uint8Array> {
  let result: Deno.CommandOutput;
  try {
    result = await new Deno.Command(command, { args: [...args], cwd: ROOT })
      .output();
  } catch (error) {
    throw new Error(
      `Cannot run "${command}": install ${BUILD_PACKAGES.join(", ")}`,
      { cause: error },
    );
  }
  if (result.success) return result.stdout;
  const said = new TextDecoder().decode(result.stderr);
  throw new Error(`${command} refused ${args.at(-1)}:\n${said}`);
}

async function modifiedAt(path: string): Promise<number> {
  try {
    return (await Deno.stat(path)).mtime?.getTime() ?? 0;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return 0;
    throw error;
  }
}

/** Whether `target` exists and is newer than everything it is made from. */
export async function isFresh(
  target: string,
  sources: readonly string[],
): Promise<boolean> {
  const made = await modifiedAt(target);
  if (made === 0) return false;
  const times = await Promise.all(sources.map(modifiedAt));
  return times.every((time) => time !== 0 && time < made);
}

/** Paths of a folder's files whose names match, in the order of their names. */
export async function filesIn(folder: string, end: RegExp): Promise<string[]> {
  const names: string[] = [];
  for await (const entry of Deno.readDir(folder)) {
    if (end.test(entry.name)) names.push(`${folder}/${entry.name}`);
  }
  return names.sort();
}

/** So that whoever makes the same file at the same time, in this process too, has a name of its own. */
let published = 0;

/**
 * Makes a file appear at once, so that nobody ever loads half of it.
 *
 * @param write makes the file under the name that it gets.
 */
export async function publish(
  target: string,
  write: (partial: string) => Promise<unknown>,
): Promise<void> {
  const partial = `${target}.${Deno.pid}-${++published}.tmp`;
  try {
    await write(partial);
    await Deno.rename(partial, target);
  } finally {
    await Deno.remove(partial).catch(() => {});
  }
}

/** Compiles and links one file. @throws {Error} with the compiler's own words. */
export function make(target: string, args: readonly string[]): Promise<void> {
  return publish(
    target,
    (partial) => runTool(compiler(), ["-o", partial, ...args]),
  );
}
