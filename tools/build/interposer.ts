/**
 * Builds the interposer, `c/build/interposer`: a library without a libc, for
 * processes of glibc and of musl. The same sources and compiler make the same
 * bytes: the library has no build id and no path of this machine in it.
 */
import { filesIn, makeFresh, outOf, ROOT } from "./c.ts";
import { words } from "../run.ts";
import { type Arch, HOST } from "./target.ts";

const SOURCES = `${ROOT}c/interposer`;

/** Among them: nothing that a libc would have to provide. */
const FLAGS = [
  ...words(`
    -std=gnu11 -g0 -O2 -fPIC -ffreestanding -fno-stack-protector
    -fno-asynchronous-unwind-tables -fno-tree-loop-distribute-patterns
    -fvisibility=hidden -Wall -Wextra -Wshadow -Wconversion
    -Wstrict-prototypes -Wmissing-prototypes -Wvla -Werror
  `),
  `-ffile-prefix-map=${ROOT}=`,
];

/** Atomic operations in place: the compiler would call functions of its own library, which is not there. */
const IN_PLACE: Readonly<Record<Arch, readonly string[]>> = {
  x86_64: [],
  aarch64: ["-mno-outline-atomics"],
};

/**
 * initfirst: glibc runs its constructor before those of all other libraries.
 * defs: no function that a process may lack, except those declared weak.
 */
const LINK = words(`
  -shared -nostdlib -Wl,--build-id=none -Wl,-z,initfirst,-z,defs
  -Wl,-z,relro,-z,noexecstack,-z,now,-z,noseparate-code -Wl,-e,ct_start -Wl,-s
`);

/** Builds it when it is older than its sources. @returns its path @throws {Error} with the compiler's messages */
export async function buildInterposer(arch: Arch = HOST): Promise<string> {
  const units = await filesIn(SOURCES, /\.c$/);
  const sources = [
    ...units,
    ...await filesIn(SOURCES, /\.h$/),
    new URL(import.meta.url).pathname,
  ];
  const paths = units.map((path) => path.replace(ROOT, ""));
  const args = [...FLAGS, ...IN_PLACE[arch], ...LINK, ...paths];
  return await makeFresh(`${outOf(arch)}/interposer`, sources, args, arch);
}

if (import.meta.main) await buildInterposer();
