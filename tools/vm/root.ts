/**
 * The root of a test machine: busybox, an init script, modules, and the
 * programs of the caller with the libraries that they are linked with. Made of
 * this machine's files; it starts nothing.
 */
import { type Entry, writeCpio } from "./cpio.ts";
import type { Kernel } from "./kernels.ts";

/** Debian packages that this file needs. */
export const ROOT_PACKAGES = ["busybox-static"] as const;

/** What is in it besides busybox. */
export interface RootFiles {
  readonly kernel: Kernel;
  /** Path in the machine → path here; links are followed, libraries added. */
  readonly files: Readonly<Record<string, string>>;
}

/** Writes the initramfs to the file `path`. */
export async function makeRootImage(
  path: string,
  { kernel, files }: RootFiles,
): Promise<void> {
  const entries: Entry[] = [
    await copy("init", new URL("init.sh", import.meta.url).pathname),
    await copy("bin/busybox", "/bin/busybox"),
    { kind: "link", path: "bin/sh", to: "busybox" },
    ...await modules(kernel),
  ];
  for (const [to, from] of Object.entries(files)) {
    entries.push(await copy(to.slice(1), from));
    for (const library of await listLibraries(from)) {
      entries.push(await copy(library.slice(1), library));
    }
  }
  await writeCpio(path, entries);
}

async function modules({ modules }: Kernel): Promise<Entry[]> {
  const names = modules.map((path) => path.slice(path.lastIndexOf("/") + 1));
  const order = names.map((name) => `/modules/${name}\n`).join("");
  return [
    file("modules/order", new TextEncoder().encode(order)),
    ...await Promise.all(
      modules.map((from, i) => copy(`modules/${names[i]}`, from)),
    ),
  ];
}

async function copy(to: string, from: string): Promise<Entry> {
  return file(to, await Deno.readFile(from), true);
}

function file(
  path: string,
  content: Uint8Array<ArrayBuffer>,
  executable = false,
): Entry {
  return { kind: "file", path, content, executable };
}

/** Absolute paths of what the dynamic linker would load; none for what is static or no program. */
async function listLibraries(path: string): Promise<string[]> {
  const { success, stdout } = await new Deno.Command("ldd", {
    args: [path],
    stdout: "piped",
    stderr: "null",
  }).output();
  if (!success) return [];
  const text = new TextDecoder().decode(stdout);
  return [...text.matchAll(/(?:=> |^\s*)(\/\S+) \(0x/gm)].map(([, p = ""]) =>
    p
  );
}
