/**
 * Files that belong to the program. Where they are depends on how it runs: from
 * its sources, as the static binary, or as a bundle with its files beside it.
 */

/** Where tools/base/bootstrap.js installs a function that finds a file in the static binary. */
const HOOK = Symbol.for("cloudtaser.embeddedFile");

type Finder = (name: string) => Uint8Array<ArrayBuffer> | undefined;

/** Finds a file in the static binary. undefined: this is not the static binary. */
export function staticFinder(): Finder | undefined {
  return Reflect.get(globalThis, HOOK);
}

/** Whether this is `deno run`: the bundler replaces import.meta.url. */
export function runsFromSource(): boolean {
  return import.meta.url.startsWith("file:");
}

/** URL of a file beside the bundle. */
export function besideScript(name: string): URL {
  return new URL(name, Deno.mainModule);
}
