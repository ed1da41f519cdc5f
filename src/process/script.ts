/**
 * Loads programs that are embedded beside the wrapper's. The wrapper's program
 * is parsed at every start of a container; the others are parsed on demand.
 */
import { readScript } from "@ffi";
import { COMPRESSED, SCRIPTS } from "./script_entries.ts";

/**
 * Evaluates one of these programs.
 *
 * @returns its exports; they share no module with the caller, so an error class
 *   of one side is not `instanceof` the other's
 */
export async function loadScript<T>(name: keyof typeof SCRIPTS): Promise<T> {
  if (import.meta.url.startsWith("file:")) {
    // Not a literal: the bundler would make it part of the caller's program.
    return await import(new URL(`../${SCRIPTS[name]}`, import.meta.url).href);
  }
  const bytes = await readScript(name, COMPRESSED.has(name));
  const script = new TextDecoder().decode(bytes);
  // Indirect eval sees the global scope only.
  return await (0, eval)(script);
}
