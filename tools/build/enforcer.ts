/**
 * Builds the enforcer, `c/build/enforcer`: the BPF objects (clang), their
 * skeletons (bpftool), and a static program that contains them. It installs no
 * packages. The same sources and tools make the same bytes: the program has no
 * build id and no path of this machine in it.
 */
import {
  COMMON,
  filesBelow,
  filesIn,
  isFresh,
  make,
  outOf,
  RELEASE,
  ROOT,
  runTool,
} from "./c.ts";
import {
  cacheDirectory,
  exists,
  pruneCache,
  publish,
  sha256,
} from "../cache.ts";
import { step } from "../progress.ts";
import { words } from "../run.ts";
import { compress } from "./bundle.ts";
import { sysroot } from "./sysroot.ts";
import { type Arch, HOST, targetOf } from "./target.ts";

const BPF = "c/bpf";
const SELF = new URL(import.meta.url).pathname;

/** Objects that are built twice: as LSM programs, and as fmod_ret on the functions that call LSMs. */
const TWICE = new Set(words("access procfs opened_before lock"));

/** The oldest version that compiles the programs. */
const OLDEST_CLANG = 16;
const NEWEST_CLANG = 30;

/**
 * `-g` makes BTF, which relocates the programs on each kernel; DWARF is stripped
 * afterwards. A hook has all parameters that the kernel passes, used or not.
 */
const BPF_FLAGS = [
  ...words(`
    -target bpf -std=gnu11 -mcpu=v3 -O2 -g -fdebug-compilation-dir=. -Wall
    -Wextra -Wshadow -Wno-unused-parameter -Werror -iquote c
  `),
  `-ffile-prefix-map=${ROOT}=`,
];

/** libbpf's name of the target's registers, and its headers. */
async function targetFlags(arch: Arch): Promise<string[]> {
  const { bpf, triplet } = targetOf(arch);
  const root = arch === HOST ? "" : await sysroot(arch);
  const headers = `${root}/usr/include/${triplet}`;
  return [`-D__TARGET_ARCH_${bpf}`, "-idirafter", headers];
}

const LINK = words(`
  -static-pie -fPIE -ffunction-sections -fdata-sections -Wl,--gc-sections
  -Wl,--build-id=none -Wl,-z,relro,-z,noexecstack,-z,now -Wl,-s
`);
/** Which archives went into the enforcer: the linker's own account. */
export function enforcerMap(arch: Arch): string {
  return `${outOf(arch)}/enforcer.map`;
}
const LIBRARIES = ["-lbpf", "-lelf", "-lz", "-lzstd"];

/** One object. */
interface BpfObject {
  readonly source: string;
  readonly name: string;
  readonly defines: readonly string[];
}

/** The suffix of the newest clang of this machine: "-19". */
export async function findLlvm(): Promise<string> {
  const folders = (Deno.env.get("PATH") ?? "/usr/bin").split(":");
  for (let version = NEWEST_CLANG; version >= OLDEST_CLANG; version--) {
    for (const folder of folders) {
      if (await exists(`${folder}/clang-${version}`)) return `-${version}`;
    }
  }
  throw new Error(
    `Cannot find clang-${OLDEST_CLANG} or newer: install clang-19 and llvm-19`,
  );
}

/** Debian installs it where only root's PATH looks. */
export async function findBpftool(): Promise<string> {
  const path = "/usr/sbin/bpftool";
  return await exists(path) ? path : "bpftool";
}

async function listObjects(): Promise<BpfObject[]> {
  const sources = await filesIn(`${ROOT}${BPF}`, /\.bpf\.c$/);
  return sources.flatMap((path) => {
    const name = path.replace(/^.*\/|\.bpf\.c$/g, "");
    const source = `${BPF}/${name}.bpf.c`;
    if (!TWICE.has(name)) return [{ source, name, defines: [] }];
    return [
      { source, name: `${name}_lsm`, defines: [] },
      { source, name: `${name}_fmod`, defines: ["-DCT_FMOD"] },
    ];
  });
}

/** The folder of the BPF objects and their skeletons. */
function objectsOf(arch: Arch): string {
  return `${outOf(arch)}/bpf`;
}

/** Compiles one object and makes its skeleton, `c/build/bpf/NAME.skel.h`. */
async function buildObject(
  object: BpfObject,
  llvm: string,
  arch: Arch,
): Promise<void> {
  const path = `${objectsOf(arch)}/${object.name}.bpf.o`;
  const machine = await targetFlags(arch);
  await publish(path, async (partial) => {
    await runTool(`clang${llvm}`, [
      ...BPF_FLAGS,
      ...machine,
      ...object.defines,
      "-o",
      partial,
      "-c",
      object.source,
    ]);
    await runTool(`llvm-strip${llvm}`, ["--strip-debug", partial]);
  });
  const skeleton = await runTool(
    await findBpftool(),
    ["gen", "skeleton", path],
  );
  await publish(
    `${objectsOf(arch)}/${object.name}.skel.h`,
    (partial) => Deno.writeTextFile(partial, skeleton),
  );
}

/** Builds the objects whose skeletons are older than the sources. @returns all skeletons */
async function buildObjects(arch: Arch): Promise<string[]> {
  const folder = objectsOf(arch);
  await Deno.mkdir(folder, { recursive: true });
  const sources = [...await filesBelow(`${ROOT}${BPF}`, /\.[ch]$/), SELF];
  const skeletons: string[] = [];
  for (const object of await listObjects()) {
    const skeleton = `${folder}/${object.name}.skel.h`;
    skeletons.push(skeleton);
    if (await isFresh(skeleton, sources)) continue;
    const llvm = await findLlvm();
    const title = `BPF object ${object.name} (${arch})`;
    await step(title, () => buildObject(object, llvm, arch));
  }
  return skeletons;
}

/**
 * Builds the enforcer when it is older than its sources.
 *
 * @returns its path.
 * @throws {Error} when a tool is missing or refuses; BUILD_PACKAGES has them all.
 */
export async function buildEnforcer(arch: Arch = HOST): Promise<string> {
  const target = `${outOf(arch)}/enforcer`;
  const skeletons = await buildObjects(arch);
  const units = await filesBelow(`${ROOT}c/enforcer`, /\.c$/);
  const sources = [
    ...units,
    ...skeletons,
    ...await filesBelow(`${ROOT}c/enforcer`, /\.h$/),
    ...await filesBelow(`${ROOT}${BPF}`, /\.h$/),
    SELF,
  ];
  if (await isFresh(target, sources)) return target;
  await step(`linking the enforcer (${arch})`, () =>
    make(target, [
      ...COMMON,
      ...RELEASE,
      ...LINK,
      `-Wl,-Map=${enforcerMap(arch)}`,
      // As a system header: bpftool's code does not pass our warnings.
      "-isystem",
      objectsOf(arch),
      "-iquote",
      "c",
      ...units.map((path) => path.replace(ROOT, "")),
      ...LIBRARIES,
    ], arch));
  return target;
}

/** How many compressed enforcers the cache keeps. */
const KEPT = 4;

/** Builds the enforcer and compresses it for the binary; the cache keeps the result. */
export async function packEnforcer(
  arch: Arch = HOST,
): Promise<Uint8Array<ArrayBuffer>> {
  const bytes = await Deno.readFile(await buildEnforcer(arch));
  const folder = await cacheDirectory("enforcer");
  const path = `${folder}/${await sha256(bytes)}-${Deno.version.deno}.br`;
  if (!await exists(path)) {
    const packed = await step(
      "compressing the enforcer",
      () => compress(bytes),
    );
    await publish(path, (partial) => Deno.writeFile(partial, packed));
    await pruneCache(folder, KEPT);
  }
  return await Deno.readFile(path);
}

if (import.meta.main) await buildEnforcer();
