/**
 * The initramfs of a test machine: busybox, init.sh, kernel modules, and the
 * caller's programs with the libraries that they are linked with: this machine's
 * or, for another processor, those of a cross build. cpio(1) packs it
 * uncompressed, because an emulated processor unpacks 100 MB slower than it reads
 * them.
 */
import { basename, dirname } from "node:path";
import { sysroot } from "../build/sysroot.ts";
import { type Arch, HOST } from "../build/target.ts";
import { cacheDirectory, exists, makeOnce } from "../cache.ts";
import { run } from "../run.ts";
import { TemporaryFolder } from "../temporary_folder.ts";
import { debian, listPackages, unpackPackage } from "./archive.ts";
import type { Kernel } from "./kernels.ts";
import { listLibraries } from "./libraries.ts";

const DEBIAN = debian("bookworm");

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
  await copy(await getBusybox(kernel.arch), `${folder}/bin/busybox`);
  await Deno.symlink("busybox", `${folder}/bin/sh`);
  await copyModules(kernel, `${folder}/modules`);
  const libraries = kernel.arch === HOST ? "" : await sysroot(kernel.arch);
  for (const [to, from] of Object.entries(files)) {
    await copy(from, `${folder}${to}`);
    for (const library of await listLibraries(from, libraries, kernel.arch)) {
      // A tree has its own, perhaps of another release.
      const to = `${folder}${library}`;
      if (!await exists(to)) await copy(`${libraries}${library}`, to);
    }
  }
  await pack(folder, path);
}

/** Path of the static busybox for a processor. */
async function getBusybox(arch: Arch): Promise<string> {
  if (arch === HOST) return "/bin/busybox";
  const folder = `${await cacheDirectory("busybox")}/${arch}`;
  await makeOnce(folder, `fetching busybox for ${arch}`, async (building) => {
    const [found] = await listPackages(DEBIAN, /^busybox-static$/, arch);
    if (!found) throw new Error(`${DEBIAN.suite} has no busybox-static`);
    await unpackPackage(DEBIAN, found, building, /\/bin\/busybox$/);
  });
  return `${folder}/bin/busybox`;
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
