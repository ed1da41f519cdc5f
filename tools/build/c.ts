/** For all builds of C code: flags, one run of a compiler, and whether a file is up to date. */
import { dirname } from "node:path";
import { publish } from "../cache.ts";
import { BUILD_PACKAGES } from "../packages.ts";
import { run, words } from "../run.ts";
import { sysroot } from "./sysroot.ts";
import { type Arch, HOST, targetOf } from "./target.ts";

/** The repository, with a slash at its end. */
export const ROOT = new URL("../../", import.meta.url).pathname;
/** The folder for everything built from C. */
export const OUT = `${ROOT}c/build`;

/** Flags of all C files but the interposer's. Warnings are errors. */
export const COMMON = words(`
  -std=c11 -D_GNU_SOURCE -g0 -fPIC -fvisibility=hidden
  -fstack-protector-strong -Wall -Wextra -Wpedantic -Wshadow -Wconversion
  -Wstrict-prototypes -Wmissing-prototypes -Wformat=2 -Wvla -Werror -pthread
`);

/** For the product. */
export const RELEASE = [
  ...words("-O2 -D_FORTIFY_SOURCE=3"),
  `-ffile-prefix-map=${ROOT}=`,
];
/** AddressSanitizer and UBSan, for tests. */
export const SANITIZED = words(`
  -O1 -g -fno-omit-frame-pointer -fsanitize=address,undefined
  -fno-sanitize-recover=all
`);

/** The folder for everything built from C for a processor. */
export function outOf(arch: Arch): string {
  return arch === HOST ? OUT : `${OUT}/${arch}`;
}

/** The C compiler for this machine. */
export function compiler(): string {
  return Deno.env.get("CC") ?? "gcc";
}

/** A compiler, and the flags with which it finds the target's libraries. */
export interface Compiler {
  readonly command: string;
  readonly flags: readonly string[];
}

/** The C compiler for a processor. @throws {Error} when the libraries for it cannot be fetched */
export async function compilerFor(arch: Arch): Promise<Compiler> {
  if (arch === HOST) return { command: compiler(), flags: [] };
  const { triplet } = targetOf(arch);
  const root = await sysroot(arch);
  const libraries = `${root}/usr/lib/${triplet}`;
  return {
    command: `${triplet}-gcc`,
    // Before those that the cross compiler's own packages have.
    flags: [
      `--sysroot=${root}`,
      `-B${libraries}`,
      `-L${libraries}`,
      ...["-isystem", `${root}/usr/include/${triplet}`],
    ],
  };
}

/** With these gcc and clang take headers, libraries or programs that no file of the build names. */
const COMPILERS_VARIABLES = words(`
  CPATH C_INCLUDE_PATH COMPILER_PATH GCC_EXEC_PREFIX LIBRARY_PATH LD_RUN_PATH
`);

/** Runs a compiler or a tool like it in the repository. @returns its output @throws {Error} with its messages */
export async function runTool(
  command: string,
  args: readonly string[],
): Promise<string> {
  try {
    return await run(command, args, {
      cwd: ROOT,
      without: COMPILERS_VARIABLES,
    });
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
    throw new Error(
      `Cannot run "${command}": install ${BUILD_PACKAGES.join(", ")}`,
      { cause: error },
    );
  }
}

/** Whether `target` exists and is newer than its sources. */
export async function isFresh(
  target: string,
  sources: readonly string[],
): Promise<boolean> {
  const modified = (path: string) =>
    Deno.stat(path).then(({ mtime }) => mtime?.getTime() ?? 0, () => 0);
  const made = await modified(target);
  const times = await Promise.all(sources.map(modified));
  return times.every((time) => time !== 0 && time < made);
}

/** Sorted paths of a folder's files whose names match. */
export async function filesIn(folder: string, end: RegExp): Promise<string[]> {
  const entries = await Array.fromAsync(Deno.readDir(folder));
  return entries.filter(({ name }) => end.test(name))
    .map(({ name }) => `${folder}/${name}`).sort();
}

/** The same in a folder and the folders below it. */
export async function filesBelow(
  folder: string,
  end: RegExp,
): Promise<string[]> {
  const paths = await filesIn(folder, end);
  for await (const entry of Deno.readDir(folder)) {
    if (!entry.isDirectory) continue;
    paths.push(...await filesBelow(`${folder}/${entry.name}`, end));
  }
  return paths.sort();
}

/** Compiles and links one file into a folder that may not exist yet. @throws {Error} with the compiler's messages */
export async function make(
  target: string,
  args: readonly string[],
  arch: Arch = HOST,
): Promise<void> {
  await Deno.mkdir(dirname(target), { recursive: true });
  const { command, flags } = await compilerFor(arch);
  const compile = (partial: string) =>
    runTool(command, ["-o", partial, ...flags, ...args]);
  await publish(target, compile);
}

/** The same, unless the file is newer than its sources. @returns its path */
export async function makeFresh(
  target: string,
  sources: readonly string[],
  args: readonly string[],
  arch: Arch = HOST,
): Promise<string> {
  if (!await isFresh(target, sources)) await make(target, args, arch);
  return target;
}
