/**
 * The initramfs of a test machine: busybox, init.sh, kernel modules, and the
 * caller's programs with the libraries that they are linked with, all copied
 * from this machine. cpio(1) packs it uncompressed, because an emulated
 * processor unpacks 100 MB slower than it reads them.
 */
import { basename, dirname } from "node:path";
import { exists } from "../cache.ts";
import { run, tryRun } from "../run.ts";
import { TemporaryFolder } from "../temporary_folder.ts";
import type { Kernel } from "./kernels.ts";

/** Files besides busybox. */
export interface RootFiles {
  readonly kernel: Kernel;
  /** Path in the machine → path here; links are followed, libraries added. */
  readonly files: Readonly<Record<string, string>>;
  /** A folder whose content is copied first, links as links. */
  readonly tree?: string;
}

/** Writes the initramfs to the file `path`. @throws {Error} with cpio's message */
export async function makeRootImage(
  path: string,
  { kernel, files, tree }: RootFiles,
): Promise<void> {
  await using temporary = await TemporaryFolder.make("root");
  const folder = temporary.path;
  if (tree) await run("cp", ["-a", `${tree}/.`, folder]);
  await copy(new URL("init.sh", import.meta.url).pathname, `${folder}/init`);
  await copy("/bin/busybox", `${folder}/bin/busybox`);
  await Deno.symlink("busybox", `${folder}/bin/sh`);
  await copyModules(kernel, `${folder}/modules`);
  for (const [to, from] of Object.entries(files)) {
    await copy(from, `${folder}${to}`);
    for (const library of await listLibraries(from)) {
      // A tree has its own, perhaps of another release.
      const to = `${folder}${library}`;
      if (!await exists(to)) await copy(library, to);
    }
  }
  await pack(folder, path);
}

async function copyModules({ modules }: Kernel, folder: string): Promise<void> {
  await Deno.mkdir(folder);
  const order = modules.map((path) => `/modules/${basename(path)}\n`).join("");
  await Deno.writeTextFile(`${folder}/order`, order);
  for (const path of modules) await copy(path, `${folder}/${basename(path)}`);
}

async function copy(from: string, to: string): Promise<void> {
  await Deno.mkdir(dirname(to), { recursive: true });
  await Deno.copyFile(from, to);
  await Deno.chmod(to, 0o755);
}

async function pack(folder: string, path: string): Promise<void> {
  const cpio = "cpio --quiet -o -H newc -R 0:0";
  const script = `cd "$1" && find . -mindepth 1 | ${cpio} >"$2"`;
  await run("sh", ["-c", script, "sh", folder, path]);
}

/** Absolute paths of the libraries that the dynamic linker would load. */
async function listLibraries(path: string): Promise<string[]> {
  const { code, stdout } = await tryRun("ldd", [path]);
  if (code !== 0) return [];
  return [...stdout.matchAll(/(?:=> |^\s*)(\/\S+) \(0x/gm)]
    .map(([, found = ""]) => found);
}
