/** Builds tricks.c, statically, for a machine without libraries. What is up to date is left alone. */
import { COMMON, isFresh, make, OUT, RELEASE } from "../../tools/c_build.ts";

/** Path of the program. @throws {Error} when there is no compiler, or it refuses. */
export async function buildTricks(): Promise<string> {
  const source = new URL("tricks.c", import.meta.url).pathname;
  const path = `${OUT}/tricks`;
  await Deno.mkdir(OUT, { recursive: true });
  if (!await isFresh(path, [source])) {
    await make(path, [...COMMON, ...RELEASE, "-static", source]);
  }
  return path;
}
