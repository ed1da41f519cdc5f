/**
 * Builds the programs of this folder, statically, into c/build/attacks/ (for
 * another processor c/build/ARCH/attacks/): for machines with busybox and
 * nothing else. What is up to date is left alone.
 *
 *     deno run -A tests/attacks/build.ts [--arch=ARCH]
 */
import { dirname } from "node:path";
import { parseArgs } from "node:util";
import {
  COMMON,
  filesIn,
  isFresh,
  makeFresh,
  outOf,
  RELEASE,
  ROOT,
  runTool,
} from "../../tools/build/c.ts";
import { type Arch, HOST, parseArch } from "../../tools/build/target.ts";
import { publish } from "../../tools/cache.ts";
import { ensurePackages } from "../../tools/packages.ts";

const SOURCES = `${ROOT}tests/attacks`;

/** `attack` has several files; the others are files of programs/. */
const PROGRAMS = [
  "attack",
  "code",
  "liar",
  "search",
  "tricks",
  "victim",
] as const;
export type Program = typeof PROGRAMS[number];

const COMPILER_32 = "arm-linux-gnueabihf-gcc";
const PACKAGES_32 = ["gcc-arm-linux-gnueabihf", "libc6-dev-armhf-cross"];

/** Builds a program and returns its path. @throws {Error} when there is no compiler, or it refuses. */
export async function buildAttack(
  name: Program,
  arch: Arch = HOST,
): Promise<string> {
  const sources = name === "attack"
    ? [
      ...await filesIn(SOURCES, /\.c$/),
      ...await filesIn(`${SOURCES}/rows`, /\.c$/),
    ]
    : [`${SOURCES}/programs/${name}.c`];
  const inputs = [
    ...sources,
    ...await filesIn(SOURCES, /\.h$/),
    ...await filesIn(`${SOURCES}/lib`, /\.h$/),
  ];
  const flags = [...COMMON, ...RELEASE, "-static", ...sources];
  return await makeFresh(pathOf(name, arch), inputs, flags, arch);
}

/** The attacker of 32 bits, which arm64 needs for calls that x86-64 has a gate for. */
async function buildAttack32(): Promise<string> {
  const path = pathOf("attack32", "aarch64");
  const source = `${SOURCES}/programs/attack32.c`;
  if (await isFresh(path, [source])) return path;
  await ensurePackages(PACKAGES_32);
  const flags = [...COMMON, ...RELEASE, "-static", source];
  await Deno.mkdir(dirname(path), { recursive: true });
  await publish(
    path,
    (partial) => runTool(COMPILER_32, ["-o", partial, ...flags]),
  );
  return path;
}

/** Builds all of them: paths by where they belong in a machine. */
export async function buildAttackFiles(
  arch: Arch = HOST,
): Promise<Record<string, string>> {
  const files: Record<string, string> = {};
  for (const name of PROGRAMS) {
    files[`/bin/${name}`] = await buildAttack(name, arch);
  }
  if (arch === "aarch64") files["/bin/attack32"] = await buildAttack32();
  return files;
}

function pathOf(name: string, arch: Arch): string {
  return `${outOf(arch)}/attacks/${name}`;
}

if (import.meta.main) {
  const { values } = parseArgs({ options: { arch: { type: "string" } } });
  await buildAttackFiles(values.arch ? parseArch(values.arch) : HOST);
}
