/**
 * The processors that the product is built for, and the names that Debian, GNU
 * and ELF have for them. A build for the other one is a cross build.
 */

/** A processor, as Deno and uname(2) name it. */
export type Arch = "x86_64" | "aarch64";

/** The processor of this machine. */
export const HOST: Arch = Deno.build.arch;

/** Names of a processor. */
export interface Target {
  readonly arch: Arch;
  /** Of its Debian packages, and of container images. */
  readonly debian: "amd64" | "arm64";
  /** Of its libraries' folders and its compiler. */
  readonly triplet: string;
  /** e_machine in ELF(5). */
  readonly machine: number;
  /** Largest page of its kernels, in bytes. */
  readonly largestPage: number;
  /** The dynamic linker that its programs name. */
  readonly loader: string;
  /** In libbpf's `__TARGET_ARCH_…`. */
  readonly bpf: string;
  /** Debian's package of its cross compiler. */
  readonly crossPackage: string;
}

const TARGETS: Readonly<Record<Arch, Target>> = {
  x86_64: {
    arch: "x86_64",
    debian: "amd64",
    triplet: "x86_64-linux-gnu",
    machine: 62,
    largestPage: 4096,
    loader: "/lib64/ld-linux-x86-64.so.2",
    bpf: "x86",
    crossPackage: "gcc-x86-64-linux-gnu",
  },
  aarch64: {
    arch: "aarch64",
    debian: "arm64",
    triplet: "aarch64-linux-gnu",
    machine: 183,
    largestPage: 65536,
    loader: "/lib/ld-linux-aarch64.so.1",
    bpf: "arm64",
    crossPackage: "gcc-aarch64-linux-gnu",
  },
};

/** Every processor, in the order of a release. */
export const ARCHES: readonly Arch[] = ["x86_64", "aarch64"];

/** The names of a processor. */
export function targetOf(arch: Arch): Target {
  return TARGETS[arch];
}

/** The processor of an ELF file by its e_machine, undefined for others. */
export function targetOfMachine(machine: number): Target | undefined {
  return Object.values(TARGETS).find((target) => target.machine === machine);
}

/** Reads a command line's `--arch`. @throws {Error} for an unknown one */
export function parseArch(text: string): Arch {
  const found = Object.values(TARGETS).find(({ arch, debian }) =>
    text === arch || text === debian
  );
  if (found) return found.arch;
  throw new Error(`Unknown architecture "${text}": use x86_64 or aarch64`);
}
