/**
 * Builds the programs of this folder, statically, into c/build/attacks/: for
 * machines with busybox and nothing else. What is up to date is left alone.
 *
 *     deno run -A tests/attacks/build.ts
 */
import {
  COMMON,
  filesIn,
  isFresh,
  make,
  OUT,
  RELEASE,
  ROOT,
} from "../../tools/build/c.ts";

const SOURCES = `${ROOT}tests/attacks`;
const FOLDER = `${OUT}/attacks`;

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
export async function buildAttack(name: Program): Promise<string> {
  await Deno.mkdir(FOLDER, { recursive: true });
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
  const path = `${FOLDER}/${name}`;
  if (await isFresh(path, inputs)) return path;
  await make(path, [...COMMON, ...RELEASE, "-static", ...sources]);
  return path;
}

/** Builds all of them: paths by where they belong in a machine. */
export async function buildAttackFiles(): Promise<Record<string, string>> {
  const files: Record<string, string> = {};
  for (const name of PROGRAMS) files[`/bin/${name}`] = await buildAttack(name);
  return files;
}

if (import.meta.main) await buildAttackFiles();
