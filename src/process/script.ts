/**
 * Loads programs that are embedded beside the wrapper's. The wrapper's program
 * is parsed at every start of a container; the others are parsed on demand.
 */
import { readCompressedScript, readScript } from "@ffi";
import { type COMPRESSED, SCRIPTS } from "./script_entries.ts";

type Compressed = typeof COMPRESSED[number];

/**
 * Evaluates one of these programs.
 *
 * @returns its exports; they share no module with the caller, so an error class
 *   of one side is not `instanceof` the other's
 */
export async function loadScript<T>(
  name: Exclude<keyof typeof SCRIPTS, Compressed>,
): Promise<T> {
  return await load(name, () => readScript(name));
}

/** Evaluates one that is compressed, as `loadScript`. Apart, so that other programs do not contain the decompression. */
export async function loadCompressedScript<T>(name: Compressed): Promise<T> {
  return await load(name, () => readCompressedScript(name));
}

async function load<T>(
  name: keyof typeof SCRIPTS,
  read: () => Promise<Uint8Array>,
): Promise<T> {
  if (import.meta.url.startsWith("file:")) {
    // Not a literal: the bundler would make it part of the caller's program.
    return await import(new URL(`../${SCRIPTS[name]}`, import.meta.url).href);
  }
  const script = new TextDecoder().decode(await read());
  // Indirect eval sees the global scope only.
  return await (0, eval)(script);
}
