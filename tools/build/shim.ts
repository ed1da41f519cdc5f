/**
 * Builds the C shim, `c/build/libct.so`, unless it is up to date. It installs no
 * packages. The same sources and compiler make the same bytes: the library has
 * no build id and no path of this machine in it.
 */
import { COMMON, filesIn, makeFresh, outOf, RELEASE, ROOT } from "./c.ts";
import { words } from "../run.ts";
import { type Arch, HOST } from "./target.ts";

/** Sources of the shim, relative to the repository. */
export const SHIM_SOURCES = words(`
  own_process arena arena_file blocks harden memory program program_file
  interposer/target interposer/musl handoff await_interposer spawn process
  deliver terminal wait io datagram attacker proof probe probe_step tracers
  seccomp_listener sharing_child kernel_copy scan search lines smaps low_memory
  small_fork file_search table entry_stub
`).map((unit) => `c/${unit}.c`);

/**
 * Lazy binding would save vector registers on the stack in the middle of a
 * comparison: a copy of a pattern, which the scan rightly finds.
 */
export const NOW = "-Wl,-z,now";
const LINK = [
  "-shared",
  "-Wl,-soname,libct.so",
  "-Wl,--build-id=none",
  "-Wl,-z,relro,-z,noexecstack,-z,defs",
  NOW,
  "-Wl,-s",
];

/** Everything that the shim depends on. */
export async function sourcesOfShim(): Promise<string[]> {
  return [
    ...await filesIn(`${ROOT}c`, /\.[ch]$/),
    ...await filesIn(`${ROOT}c/interposer`, /\.[ch]$/),
    new URL(import.meta.url).pathname,
  ];
}

/** Builds the library. @returns its path @throws {Error} with the compiler's messages */
export async function buildShim(arch: Arch = HOST): Promise<string> {
  const args = [...COMMON, ...RELEASE, ...LINK, ...SHIM_SOURCES];
  const target = `${outOf(arch)}/libct.so`;
  return await makeFresh(target, await sourcesOfShim(), args, arch);
}

if (import.meta.main) await buildShim();
