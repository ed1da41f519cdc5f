/**
 * Replaces the paths in the embedded dynamic loader by paths that cannot exist.
 * Otherwise a preload list of the image, or a name service module for another C
 * library, would run inside the wrapper. The loader's code stays the same.
 */
import { targetOfMachine } from "../build/target.ts";
import { type Elf, ElfError } from "./elf.ts";

/** Files that glibc's rtld opens. */
const FILES = ["/etc/ld.so.preload", "/etc/ld.so.cache"] as const;

/** Its built-in search path (Debian's build of glibc). */
function builtInFolders(machine: number): string[] {
  const triplet = targetOfMachine(machine)?.triplet ?? "";
  return [`/lib/${triplet}/`, `/usr/lib/${triplet}/`, "/lib/", "/usr/lib/"];
}

/**
 * A copy of the loader's bytes without preload list, cache and library folders.
 *
 * @throws {ElfError} when a path is missing, because it is another build of glibc.
 */
export function withoutSystemPaths(loader: Elf): Uint8Array {
  const bytes = loader.bytes.slice();
  for (const file of FILES) replaceAll(loader, bytes, file);
  replaceAll(loader, bytes, builtInFolders(loader.machine).join("\0"));
  return bytes;
}

/** Replaces every NUL-terminated occurrence of NUL-separated paths, length by length. */
function replaceAll(loader: Elf, bytes: Uint8Array, paths: string): void {
  const encoder = new TextEncoder();
  const wanted = encoder.encode(`${paths}\0`);
  const nowhere = encoder.encode(paths.split("\0").map(makeNowhere).join("\0"));
  let found = 0;
  for (let at = find(bytes, wanted, 0); at >= 0; found++) {
    bytes.set(nowhere, at);
    at = find(bytes, wanted, at + wanted.length);
  }
  if (found > 0) return;
  const shown = paths.replaceAll("\0", ":");
  throw new ElfError(
    loader.name,
    `"${shown}" is not in it, build on Debian 12 or 13`,
  );
}

/** A path of the same length in procfs or sysfs, where no file can be created. */
function makeNowhere(path: string): string {
  const end = path.endsWith("/") ? "/" : "";
  const rest = path.length - "/proc/".length - end.length;
  return rest > 0 ? `/proc/${"-".repeat(rest)}${end}` : "/sys/";
}

function find(bytes: Uint8Array, wanted: Uint8Array, from: number): number {
  const first = wanted[0] ?? 0;
  for (let at = bytes.indexOf(first, from); at >= 0;) {
    if (wanted.every((byte, index) => bytes[at + index] === byte)) return at;
    at = bytes.indexOf(first, at + 1);
  }
  return -1;
}
