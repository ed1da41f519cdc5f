/** The packages of the distributions' kernels: versions, hashes, and what replaces them. */
import { type Arch, targetOf } from "../build/target.ts";
import { say } from "../progress.ts";
import {
  type Archive,
  type ArchivePackage,
  debian,
  listPackages,
} from "./archive.ts";
import { ubuntuKeyring } from "./ubuntu_keyring.ts";

/** Where a kernel comes from. */
export interface Source {
  readonly archive: Archive;
  /** Package names; `VERSION` stands for the version, `ARCH` for Debian's processor. */
  readonly packages: readonly string[];
  /** Regular expression of the versions that may replace it. */
  readonly series: string;
  /** The version, and the hashes of its packages. */
  readonly version: string;
  readonly sha256: Readonly<Partial<Record<Arch, readonly string[]>>>;
}

/** A kernel of a distribution. */
export type PackagedKernel =
  | "ubuntu-5.15"
  | "debian-6.1"
  | "debian-6.12"
  | "debian-6.18";

const UBUNTU = "http://archive.ubuntu.com/ubuntu";
const CLOUD = ["linux-image-VERSION-cloud-ARCH"];

/** All of them. Ubuntu's kernel is for x86-64 only: its packages for arm64 are in another archive, ports.ubuntu.com. */
export const SOURCES: Readonly<Record<PackagedKernel, Source>> = {
  "ubuntu-5.15": {
    archive: { url: UBUNTU, suite: "jammy", keyring: ubuntuKeyring },
    packages: ["linux-image-VERSION-generic", "linux-modules-VERSION-generic"],
    series: "5\\.15\\.\\d+-\\d+",
    version: "5.15.0-25",
    sha256: {
      x86_64: [
        "ad56f8c442a54d4f5ff2dff010d00321d53e32b543f3a92f3ba4e042d20a71da",
        "d0ba4087d9e1d497925b3481d3531fba6c2a852855f8019d73b0b1385aa4da1f",
      ],
    },
  },
  "debian-6.1": {
    archive: debian("bookworm"),
    packages: CLOUD,
    series: "6\\.1\\.\\d+-\\d+",
    version: "6.1.0-50",
    sha256: {
      x86_64: [
        "efe19f605b6f54a8352e68d85a629abb2d30b72a085faef603a9152590baa791",
      ],
      aarch64: [
        "9d41a53f5d687ae1a33cf546d0ed8be955f72e5f9e97b2b4e45e41dff3353b97",
      ],
    },
  },
  "debian-6.12": {
    archive: debian("trixie"),
    packages: CLOUD,
    series: "6\\.12\\.\\d+\\+deb13",
    version: "6.12.117+deb13",
    sha256: {
      x86_64: [
        "e9893e5295d0549b8852611f12a4b8b5f6cc4b8128dcc2086b9847793b904ab7",
      ],
      aarch64: [
        "cc33e288505c3271539beab498aeb4f25e27b8f7c0c49ddb6c506b6d3c50c22f",
      ],
    },
  },
  "debian-6.18": {
    archive: debian("trixie-backports"),
    packages: CLOUD,
    series: "6\\.18\\.\\d+\\+deb13",
    version: "6.18.15+deb13",
    sha256: {
      x86_64: [
        "5a507681ea8c978d02265a7fec2f02c9588fb48b54b7f71edc1059e86007f3ec",
      ],
      aarch64: [
        "d8769e7a5cd50d504354c1bb13d92becb004178ed1195e575d5680e33cb84c30",
      ],
    },
  },
};

/**
 * The packages of the table or, when the archive has dropped them, the newest of
 * the series, which the archive's signature covers: a clone runs its tests when
 * Debian has replaced the kernel.
 */
export async function choosePackages(
  source: Source,
  arch: Arch,
): Promise<ArchivePackage[]> {
  const names = packageNames(source, arch, source.series);
  const matching = new RegExp(`^(?:${names.join("|")})$`);
  const all = await listPackages(source.archive, matching, arch);
  const wanted = findPackages(packageNames(source, arch, source.version), all);
  if (wanted) {
    const hashes = source.sha256[arch] ?? [];
    return wanted.map((found, i) => ({ ...found, sha256: hashes[i]! }));
  }
  const known = all.flatMap(({ name }) =>
    new RegExp(source.series).exec(name)?.[0] ?? []
  );
  const { compare } = new Intl.Collator("en", { numeric: true });
  const newest = known.sort(compare).at(-1);
  const found = newest &&
    findPackages(packageNames(source, arch, newest), all);
  if (!found) {
    throw new Error(`${source.archive.suite} has no ${names.join(", ")}`);
  }
  say(`  kernel ${source.version} has left the archive: using ${newest}`);
  return found;
}

function packageNames(source: Source, arch: Arch, version: string): string[] {
  return source.packages.map((name) =>
    name.replace("VERSION", version).replace("ARCH", targetOf(arch).debian)
  );
}

/** The packages with these names; undefined when one is missing. */
function findPackages(
  names: readonly string[],
  all: readonly ArchivePackage[],
): ArchivePackage[] | undefined {
  const found = names.flatMap((name) => all.find((p) => p.name === name) ?? []);
  return found.length === names.length ? found : undefined;
}
