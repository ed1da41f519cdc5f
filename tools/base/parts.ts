/**
 * Collects the parts of the static base: Deno, its loader and libraries from the C
 * library's package, the shim, and the entry stub.
 */
import { basename } from "node:path";
import {
  type Elf,
  ElfError,
  readDynamicNames,
  readElf,
  readInterpreter,
} from "./elf.ts";
import { make } from "../build/c.ts";
import { buildShim } from "../build/shim.ts";
import { sysroot } from "../build/sysroot.ts";
import { type Arch, HOST, targetOf } from "../build/target.ts";
import { words } from "../run.ts";
import { TemporaryFolder } from "../temporary_folder.ts";
import { requireKnownDeno } from "./deno_executables.ts";
import { withoutSystemPaths } from "./loader.ts";

const HERE = new URL("./", import.meta.url).pathname;

/** The parts, all for one processor. */
export interface Collected {
  readonly executable: Elf;
  readonly loader: Elf;
  readonly libraries: readonly Uint8Array[];
  /** Paths of the loader and of the C library's files. */
  readonly files: readonly string[];
  /** For people: `2.36 (Debian 2.36-9+deb12u13)`. */
  readonly glibc: string;
}

/**
 * Reads Deno, its loader and its libraries, and adds the shim to the libraries:
 * the loader then maps it before Deno starts.
 *
 * @throws {Error} when Deno is not the pinned one, or a library is not found or cannot be used.
 */
export async function collectParts(
  executable: string,
  arch: Arch,
): Promise<Collected> {
  const bytes = await Deno.readFile(executable);
  await requireKnownDeno(arch, bytes);
  const root = arch === HOST ? "" : await sysroot(arch);
  const deno = readElf(executable, bytes);
  const interpreter = readInterpreter(deno);
  if (interpreter === undefined) {
    throw new ElfError(executable, "it asks for no loader");
  }
  const path = root + interpreter;
  const loader = readElf(path, await Deno.readFile(path));
  const provided = readDynamicNames(loader).soname;
  const names = readDynamicNames(deno).needed.filter((n) => n !== provided);
  const folders = libraryFolders(arch).map((folder) => root + folder);
  const shim = await buildShim(arch);
  const needed = await Promise.all(names.map((n) => findLibrary(n, folders)));
  const libraries = [...needed, readElf(shim, await Deno.readFile(shim))];
  requireClosed(libraries, [...names, provided ?? "", basename(shim)]);
  return {
    executable: deno,
    loader: { ...loader, bytes: withoutSystemPaths(loader) },
    libraries: libraries.map(({ bytes }) => bytes),
    files: [path, ...needed.map(({ name }) => name)],
    glibc: readGlibcVersion(libraries),
  };
}

function libraryFolders(arch: Arch): string[] {
  const { triplet } = targetOf(arch);
  return [`/lib/${triplet}`, `/usr/lib/${triplet}`, "/lib64", "/usr/lib64"];
}

async function findLibrary(
  name: string,
  folders: readonly string[],
): Promise<Elf> {
  for (const folder of folders) {
    const path = `${folder}/${name}`;
    try {
      return readElf(path, await Deno.readFile(path));
    } catch (error) {
      if (!(error instanceof Deno.errors.NotFound)) throw error;
    }
  }
  throw new Error(
    `Cannot find ${name} in ${folders.join(", ")}: install libc6 and libgcc-s1`,
  );
}

/** At run time no other libraries exist: each may only need these. */
function requireClosed(
  libraries: readonly Elf[],
  have: readonly string[],
): void {
  for (const library of libraries) {
    const { needed, soname } = readDynamicNames(library);
    const missing = needed.find((name) => !have.includes(name));
    if (missing !== undefined) {
      throw new ElfError(library.name, `it needs ${missing}, Deno does not`);
    }
    if (soname === undefined || !have.includes(soname)) {
      throw new ElfError(library.name, "its SONAME is not the wanted name");
    }
  }
}

/** The banner in libc: `GNU C Library (Debian GLIBC 2.36-9+deb12u13) stable release version 2.36.` */
function readGlibcVersion(libraries: readonly Elf[]): string {
  const banner = /GNU C Library \(([^)]*)\)[^\0]*?version ([0-9.]*[0-9])/;
  for (const { bytes, name } of libraries) {
    if (!name.endsWith("/libc.so.6")) continue;
    const found = banner.exec(new TextDecoder("latin1").decode(bytes));
    if (found) return `${found[2]} (${found[1]?.replace("GLIBC ", "")})`;
  }
  throw new Error("Cannot find the version of libc.so.6: it has no banner");
}

const STUB_FLAGS = words(`
  -std=c11 -Os -ffreestanding -fPIE -mgeneral-regs-only
  -fno-stack-protector -fno-asynchronous-unwind-tables
  -fno-tree-loop-distribute-patterns -Wall -Wextra -Wpedantic -Wshadow
  -Wconversion -Wstrict-prototypes -Werror -nostdlib -static
  -Wl,--build-id=none -Wl,-z,noexecstack
`);
const STUB_FLAGS_OF: Readonly<Record<Arch, readonly string[]>> = {
  x86_64: ["-fcf-protection=none"],
  // tiny: code that finds its data wherever the packer places it, not only at a page's start.
  aarch64: ["-mcmodel=tiny", "-mno-outline-atomics"],
};

/**
 * Compiles the entry stub.
 *
 * @throws {Error} with the compiler's messages.
 */
export async function buildStub(arch: Arch): Promise<Elf> {
  await using folder = await TemporaryFolder.make("stub");
  const path = `${folder.path}/stub`;
  const flags = [...STUB_FLAGS, ...STUB_FLAGS_OF[arch]];
  const inputs = [`-Wl,-T,${HERE}stub.ld`, `${HERE}stub.c`];
  await make(path, [...flags, ...inputs], arch);
  return readElf("the entry stub", await Deno.readFile(path));
}
