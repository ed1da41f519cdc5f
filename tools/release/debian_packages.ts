/**
 * Which Debian packages the binary contains files of: the libraries that the
 * runtime loads, and the archives and start files that the linker put into the
 * enforcer. A cross build has them from the sysroot and the cross compiler.
 */
import { collectParts } from "../base/parts.ts";
import { enforcerMap } from "../build/enforcer.ts";
import { readSysrootPackages, sysroot } from "../build/sysroot.ts";
import { type Arch, HOST, targetOf } from "../build/target.ts";
import { denoFor } from "../compile.ts";
import { run, words } from "../run.ts";
import type { Noticed } from "./notices.ts";

/** "libbpf.a(btf.o)": a member that was needed, not only named. */
const MEMBER = /^(\/\S+\.a)\(/gm;
const START_FILE = /^LOAD (\/\S+\/\w*crt\w+\.o)$/gm;

/** A package with the source that Debian built it from. */
export interface DebianPackage extends Noticed {
  readonly source: string;
}

/**
 * Call it after the build.
 *
 * @throws {Error} when a file belongs to no package: this is not Debian.
 */
export async function findDebianPackages(
  arch: Arch = HOST,
): Promise<DebianPackage[]> {
  const map = await Deno.readTextFile(enforcerMap(arch));
  const { files } = await collectParts(await denoFor(arch), arch);
  const linked = [MEMBER, START_FILE].flatMap((one) => matches(map, one));
  const root = arch === HOST ? undefined : await sysroot(arch);
  const packages = new Map<string, Found>();
  for (const file of new Set([...linked, ...files])) {
    const found = root !== undefined && file.startsWith(`${root}/`)
      ? await packageInSysroot(root, file, arch)
      : await installedPackage(file);
    packages.set(found.name, found);
  }
  const suite = await readSuite();
  return await Promise.all(
    [...packages].sort().map(([, found]) => describe(found, suite, root)),
  );
}

interface Found {
  readonly name: string;
  readonly version: string;
  readonly architecture: string;
}

async function describe(
  { name, version, architecture }: Found,
  suite: string,
  root: string | undefined,
): Promise<DebianPackage> {
  const release = encodeURIComponent(version);
  // The other architecture's packages are of the same sources as this one's.
  const [source = ""] = await query(name, "source:Package");
  const built = version.replace(/\+b\d+$|cross\d+$/, "");
  return {
    name,
    version,
    purl:
      `pkg:deb/debian/${name}@${release}?arch=${architecture}&distro=${suite}`,
    notice: await readCopyright(root, name),
    // Without the number of a rebuild, and of Debian's package of a cross compiler.
    source: `${source.replace(/-cross$/, "")} ${built}`,
  };
}

/** libgcc-s1 has its file in a package that the sysroot does not need. */
async function readCopyright(
  root: string | undefined,
  name: string,
): Promise<string> {
  const path = `/usr/share/doc/${name}/copyright`;
  const installed = () => Deno.readTextFile(path);
  if (root === undefined) return await installed();
  return await Deno.readTextFile(`${root}${path}`).catch(installed);
}

async function packageInSysroot(
  root: string,
  file: string,
  arch: Arch,
): Promise<Found> {
  const path = file.slice(root.length);
  const all = await readSysrootPackages(root);
  const found = all.find(({ files }) => files.includes(path));
  if (found) return { ...found, architecture: targetOf(arch).debian };
  throw new Error(`No Debian package has ${path}`);
}

/** dpkg knows a file by the path at which it was unpacked, with or without /usr. */
async function installedPackage(file: string): Promise<Found> {
  const real = await Deno.realPath(file);
  const given = new URL(`file://${file}`).pathname;
  for (const path of [given, real, real.replace(/^\/usr/, "")]) {
    const found = await run("dpkg-query", ["-S", path]).catch(() => "");
    const [name] = found.split(":");
    if (!name) continue;
    const [version = "", architecture = ""] = await query(
      name,
      "Version",
      "Architecture",
    );
    return { name, version, architecture };
  }
  throw new Error(`No Debian package has ${file}`);
}

/** Fields of an installed package. */
async function query(name: string, ...fields: string[]): Promise<string[]> {
  const format = fields.map((field) => `\${${field}} `).join("");
  return words(await run("dpkg-query", ["-W", `-f=${format}`, name]));
}

async function readSuite(): Promise<string> {
  const text = await Deno.readTextFile("/etc/os-release");
  return /^VERSION_CODENAME=(\w+)$/m.exec(text)?.[1] ?? "unknown";
}

function matches(text: string, pattern: RegExp): string[] {
  return [...text.matchAll(pattern)].map(([, path = ""]) => path);
}
