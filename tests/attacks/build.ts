/**
 * Builds the programs of this folder, statically, into c/build/attacks/ (c/build/aarch64/attacks/): for
 * machines with busybox and nothing else. What is up to date is left alone.
 *
 *     deno run -A tests/attacks/build.ts
 */
import {
  COMMON,
  filesIn,
  isFresh,
  make,
  outOf,
  RELEASE,
  ROOT,
} from "../../tools/build/c.ts";
import { type Arch, HOST } from "../../tools/build/target.ts";

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

/** Builds a program and returns its path. @throws {Error} when there is no compiler, or it refuses. */
export async function buildAttack(
  name: Program,
  arch: Arch = HOST,
): Promise<string> {
  const folder = `${outOf(arch)}/attacks`;
  await Deno.mkdir(folder, { recursive: true });
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
  const path = `${folder}/${name}`;
  if (await isFresh(path, inputs)) return path;
  await make(path, [...COMMON, ...RELEASE, "-static", ...sources], arch);
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
  return files;
}

if (import.meta.main) await buildAttackFiles();
