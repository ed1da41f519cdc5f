/**
 * The kernels on which enforcement is tested. Distribution packages are fetched
 * once and not installed. The one with kprobe override, which no distribution
 * has, is built (override_kernel.ts).
 */
import { basename } from "node:path";
import { cacheDirectory, exists, makeOnce, sha256 } from "../cache.ts";
import { filesBelow } from "../build/c.ts";
import { say } from "../progress.ts";
import { run, words } from "../run.ts";
import {
  type Archive,
  type ArchivePackage,
  listPackages,
  unpackPackage,
} from "./archive.ts";
import { overrideKernel } from "./override_kernel.ts";
import { ubuntuKeyring } from "./ubuntu_keyring.ts";

/** A kernel that QEMU can start. */
export interface Kernel {
  readonly name: KernelName;
  /** Path of the bzImage. */
  readonly image: string;
  /** Paths of modules, in the order in which they load. */
  readonly modules: readonly string[];
}

/** Name of a kernel; override_kernel.ts builds `override`. */
export type KernelName =
  | "ubuntu-5.15"
  | "debian-6.1"
  | "debian-6.12"
  | "debian-6.18"
  | "override";

interface Source {
  readonly archive: Archive;
  /** Package names; `VERSION` stands for the version. */
  readonly packages: readonly string[];
  /** Regular expression of the versions that may replace it. */
  readonly series: string;
  /** The version, and the hashes of its packages. */
  readonly version: string;
  readonly sha256: readonly string[];
}

const DEBIAN = "http://deb.debian.org/debian";
const UBUNTU = "http://archive.ubuntu.com/ubuntu";

const SOURCES: Readonly<Record<Exclude<KernelName, "override">, Source>> = {
  "ubuntu-5.15": {
    archive: { url: UBUNTU, suite: "jammy", keyring: ubuntuKeyring },
    packages: ["linux-image-VERSION-generic", "linux-modules-VERSION-generic"],
    series: "5\\.15\\.\\d+-\\d+",
    version: "5.15.0-25",
    sha256: [
      "ad56f8c442a54d4f5ff2dff010d00321d53e32b543f3a92f3ba4e042d20a71da",
      "d0ba4087d9e1d497925b3481d3531fba6c2a852855f8019d73b0b1385aa4da1f",
    ],
  },
  "debian-6.1": {
    archive: { url: DEBIAN, suite: "bookworm" },
    packages: ["linux-image-VERSION-cloud-amd64"],
    series: "6\\.1\\.\\d+-\\d+",
    version: "6.1.0-50",
    sha256: [
      "efe19f605b6f54a8352e68d85a629abb2d30b72a085faef603a9152590baa791",
    ],
  },
  "debian-6.12": {
    archive: { url: DEBIAN, suite: "trixie" },
    packages: ["linux-image-VERSION-cloud-amd64"],
    series: "6\\.12\\.\\d+\\+deb13",
    version: "6.12.117+deb13",
    sha256: [
      "e9893e5295d0549b8852611f12a4b8b5f6cc4b8128dcc2086b9847793b904ab7",
    ],
  },
  "debian-6.18": {
    archive: { url: DEBIAN, suite: "trixie-backports" },
    packages: ["linux-image-VERSION-cloud-amd64"],
    series: "6\\.18\\.\\d+\\+deb13",
    version: "6.18.15+deb13",
    sha256: [
      "5a507681ea8c978d02265a7fec2f02c9588fb48b54b7f71edc1059e86007f3ec",
    ],
  },
};

const NAMES = [...Object.keys(SOURCES), "override"];

/** Modules to load in this order where they are not built in: the network card, and those of criu. */
const MODULES = words(`
  virtio virtio_ring virtio_pci_legacy_dev virtio_pci_modern_dev virtio_pci
  failover net_failover virtio_net nfnetlink libcrc32c nf_tables
`);

const WANTED = new RegExp(
  `/(?:vmlinuz-[^/]*|(?:${MODULES.join("|")})\\.ko(?:\\.xz)?)$`,
);

/** The kernel of this name, from the cache or fetched. */
export async function getKernel(name: KernelName): Promise<Kernel> {
  if (name === "override") {
    return { name, image: await overrideKernel(), modules: [] };
  }
  const source = SOURCES[name];
  if (!source) throw new Error(`No kernel "${name}": ${NAMES.join(", ")}`);
  const cache = await cacheDirectory("kernels");
  const made = (await sha256(MODULES.join(" "))).slice(0, 8);
  const folder = `${cache}/${name}-${source.version}-${made}`;
  await makeOnce(
    folder,
    `fetching kernel ${name}`,
    (building) => fetchKernel(source, building),
  );
  return { name, ...await readFolder(folder) };
}

async function fetchKernel(source: Source, folder: string): Promise<void> {
  for (const found of await choosePackages(source)) {
    await unpackPackage(source.archive, found, folder, WANTED);
  }
  await flatten(folder);
}

/**
 * The packages of the table or, when the archive has dropped them, the newest of
 * the series, which the archive's signature covers: a clone runs its tests when
 * Debian has replaced the kernel.
 */
async function choosePackages(source: Source): Promise<ArchivePackage[]> {
  const names = source.packages.map((name) =>
    name.replace("VERSION", source.series)
  );
  const all = await listPackages(
    source.archive,
    new RegExp(`^(?:${names.join("|")})$`),
  );
  const wanted = versionPackages(source, all, source.version);
  if (wanted) {
    return wanted.map((found, i) => ({ ...found, sha256: source.sha256[i]! }));
  }
  const known = all.flatMap(({ name }) =>
    new RegExp(source.series).exec(name)?.[0] ?? []
  );
  const { compare } = new Intl.Collator("en", { numeric: true });
  const newest = known.sort(compare).at(-1);
  const found = newest && versionPackages(source, all, newest);
  if (!found) {
    throw new Error(`${source.archive.suite} has no ${names.join(", ")}`);
  }
  say(`  kernel ${source.version} has left the archive: using ${newest}`);
  return found;
}

function versionPackages(
  source: Source,
  all: readonly ArchivePackage[],
  version: string,
): ArchivePackage[] | undefined {
  const found = source.packages.flatMap((name) =>
    all.find((p) => p.name === name.replace("VERSION", version)) ?? []
  );
  return found.length === source.packages.length ? found : undefined;
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
