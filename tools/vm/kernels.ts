/**
 * The kernels on which enforcement is tested. Distribution packages are fetched
 * once and not installed. The one with kprobe override, which no distribution
 * has, is built (override_kernel.ts).
 */
import { basename } from "node:path";
import { filesBelow } from "../build/c.ts";
import { type Arch, HOST } from "../build/target.ts";
import { cacheDirectory, exists, makeOnce, sha256 } from "../cache.ts";
import { run, words } from "../run.ts";
import { unpackPackage } from "./archive.ts";
import {
  choosePackages,
  type PackagedKernel,
  type Source,
  SOURCES,
} from "./kernel_packages.ts";
import { overrideKernel } from "./override_kernel.ts";

/** A kernel that QEMU can start. */
export interface Kernel {
  readonly name: KernelName;
  /** The processor that it runs on. */
  readonly arch: Arch;
  /** Path of the image: bzImage, or arm64's Image. */
  readonly image: string;
  /** Paths of modules, in the order in which they load. */
  readonly modules: readonly string[];
}

/**
 * Name of a kernel. override_kernel.ts builds `override` for x86-64, and
 * `override-64k` for arm64 with pages of 64 KiB.
 */
export type KernelName = PackagedKernel | "override" | "override-64k";

const OVERRIDES: Readonly<Record<Arch, KernelName>> = {
  x86_64: "override",
  aarch64: "override-64k",
};

/** Modules to load in this order where they are not built in: the network card, and those of criu. */
const MODULES = words(`
  virtio virtio_ring virtio_pci_legacy_dev virtio_pci_modern_dev virtio_pci
  failover net_failover virtio_net nfnetlink libcrc32c nf_tables
`);

const WANTED = new RegExp(
  `/(?:vmlinuz-[^/]*|(?:${MODULES.join("|")})\\.ko(?:\\.xz)?)$`,
);

/**
 * The kernel of this name, from the cache, fetched or built.
 *
 * @throws {Error} with the names that there are for the processor.
 */
export async function getKernel(
  name: KernelName,
  arch: Arch = HOST,
): Promise<Kernel> {
  if (name === OVERRIDES[arch]) {
    return { name, arch, image: await overrideKernel(arch), modules: [] };
  }
  const source = SOURCES[name as PackagedKernel];
  if (!source?.sha256[arch]) {
    const names = kernelNames(arch).join(", ");
    throw new Error(`No kernel "${name}" for ${arch}: use one of ${names}`);
  }
  const cache = await cacheDirectory("kernels");
  const made = (await sha256(MODULES.join(" "))).slice(0, 8);
  const folder = `${cache}/${name}-${arch}-${source.version}-${made}`;
  const title = `fetching kernel ${name} for ${arch}`;
  await makeOnce(
    folder,
    title,
    (building) => fetchKernel(source, arch, building),
  );
  return { name, arch, ...await readFolder(folder) };
}

function kernelNames(arch: Arch): string[] {
  const packaged = Object.entries(SOURCES)
    .filter(([, source]) => source.sha256[arch])
    .map(([name]) => name);
  return [...packaged, OVERRIDES[arch]];
}

async function fetchKernel(
  source: Source,
  arch: Arch,
  folder: string,
): Promise<void> {
  for (const found of await choosePackages(source, arch)) {
    await unpackPackage(source.archive, found, folder, WANTED);
  }
  await flatten(folder);
}

/** Moves image and uncompressed modules into the folder itself. */
async function flatten(folder: string): Promise<void> {
  for (const path of await filesBelow(folder, /^vmlinuz-|\.ko(\.xz)?$/)) {
    const name = basename(path);
    if (name.startsWith("vmlinuz-")) {
      await Deno.rename(path, `${folder}/vmlinuz`);
      continue;
    }
    if (name.endsWith(".xz")) await run("xz", ["-d", path]);
    const plain = name.replace(/\.xz$/, "");
    await Deno.rename(path.replace(/\.xz$/, ""), `${folder}/${plain}`);
  }
  for await (const entry of Deno.readDir(folder)) {
    if (!entry.isDirectory) continue;
    await Deno.remove(`${folder}/${entry.name}`, { recursive: true });
  }
}

async function readFolder(folder: string) {
  const modules: string[] = [];
  for (const name of MODULES) {
    const path = `${folder}/${name}.ko`;
    if (await exists(path)) modules.push(path);
  }
  return { image: `${folder}/vmlinuz`, modules };
}
