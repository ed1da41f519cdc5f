/** Builds this folder's programs, statically, for machines without libraries. What is up to date is left alone. */
import { COMMON, isFresh, make, OUT, RELEASE } from "../../tools/build/c.ts";

/** Sources by program, as paths from here. */
const SOURCES = {
  liar: ["liar.c"],
  code: ["code.c", "../attacks/victim_agent.c"],
  tricks: ["tricks.c", "../attacks/victim_agent.c"],
} as const;

/** Path of a program. @throws {Error} when there is no compiler, or it refuses. */
export async function buildProgram(
  name: keyof typeof SOURCES,
): Promise<string> {
  const sources = SOURCES[name].map((path) =>
    new URL(path, import.meta.url).pathname
  );
  const path = `${OUT}/${name}`;
  await Deno.mkdir(OUT, { recursive: true });
  if (!await isFresh(path, sources)) {
    await make(path, [...COMMON, ...RELEASE, "-static", ...sources]);
  }
  return path;
}
