/** Scripts beside the program in the binary: few processes need them, and no wrapper shall parse them at its start. */
import { bundle } from "./bundle.ts";
import { compress } from "./compress.ts";
import { SCRIPTS } from "../src/process/script.ts";

const ROOT = new URL("../", import.meta.url).pathname;

/** Each by its name. */
export async function bundleScripts(): Promise<Map<string, string>> {
  const scripts = new Map<string, string>();
  for (const [name, entry] of Object.entries(SCRIPTS)) {
    scripts.set(name, await bundle(`${ROOT}src/${entry}`));
  }
  return scripts;
}

/** As files for the binary. */
export function compressAll(
  scripts: ReadonlyMap<string, string>,
): Record<string, Uint8Array> {
  const encoder = new TextEncoder();
  return Object.fromEntries(
    [...scripts].map(([name, script]) => {
      return [`${name}.br`, compress(encoder.encode(script))];
    }),
  );
}
