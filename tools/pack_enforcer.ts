/**
 * The enforcer as the binary carries it: compressed, because few processes
 * unpack it and every node downloads it. Kept in the cache, because the best
 * compression takes seconds.
 */
import { cacheDirectory, pruneCache, sha256 } from "./cache.ts";
import { compress } from "./compress.ts";
import { buildEnforcer } from "./enforcer.ts";
import { step } from "./progress.ts";

const KEPT = 4;

/** Builds the enforcer and answers it in brotli's form. */
export async function packEnforcer(): Promise<Uint8Array<ArrayBuffer>> {
  const bytes = await Deno.readFile(await buildEnforcer());
  const folder = await cacheDirectory("enforcer");
  const path = `${folder}/${await sha256(bytes)}-${Deno.version.deno}.br`;
  try {
    return await Deno.readFile(path);
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
  const packed = await step("compressing the enforcer", () => compress(bytes));
  const partial = `${path}.${Deno.pid}.tmp`;
  await Deno.writeFile(partial, packed);
  await Deno.rename(partial, path);
  await pruneCache(folder, KEPT);
  return packed;
}
