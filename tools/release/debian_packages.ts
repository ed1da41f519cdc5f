/**
 * Which Debian packages the binary contains files of: the libraries that the
 * runtime loads, and the archives and start files that the linker put into the
 * enforcer.
 */
import { enforcerMap } from "../build/enforcer.ts";
import { HOST } from "../build/target.ts";
import { run } from "../run.ts";
import type { Component } from "./sbom.ts";

/** "libbpf.a(btf.o)": a member that was needed, not only named. */
const MEMBER = /^(\/\S+\.a)\(/gm;
const START_FILE = /^LOAD (\/usr\/\S+\.o)$/gm;
const LIBRARY = /(?:=> |^\s*)(\/\S+) \(0x/gm;

/**
 * Call it after the build.
 *
 * @throws {Error} when a file belongs to no package: this is not Debian.
 */
export async function findDebianPackages(): Promise<Component[]> {
  const map = await Deno.readTextFile(enforcerMap(HOST));
  const libraries = await run("ldd", [Deno.execPath()]);
  const files = new Set(
    [MEMBER, START_FILE].flatMap((pattern) => matches(map, pattern))
      .concat(matches(libraries, LIBRARY)),
  );
  const packages = new Set<string>();
  for (const file of files) packages.add(await packageOf(file));
  const suite = await readSuite();
  return await Promise.all(
    [...packages].sort().map((name) => describe(name, suite)),
  );
}

async function describe(name: string, suite: string): Promise<Component> {
  const format = "-f=${Version}\t${Architecture}";
  const line = await run("dpkg-query", ["-W", format, name]);
  const [version = "", arch = ""] = line.split("\t");
  const release = encodeURIComponent(version);
  return {
    name,
    version,
    purl: `pkg:deb/debian/${name}@${release}?arch=${arch}&distro=${suite}`,
    notice: await Deno.readTextFile(`/usr/share/doc/${name}/copyright`),
  };
}

/** dpkg knows a file by the path at which it was unpacked, with or without /usr. */
async function packageOf(file: string): Promise<string> {
  const real = await Deno.realPath(file);
  const given = new URL(`file://${file}`).pathname;
  for (const path of [given, real, real.replace(/^\/usr/, "")]) {
    const found = await run("dpkg-query", ["-S", path]).catch(() => "");
    const [name] = found.split(":");
    if (name) return name;
  }
  throw new Error(`No Debian package has ${file}`);
}

async function readSuite(): Promise<string> {
  const text = await Deno.readTextFile("/etc/os-release");
  return /^VERSION_CODENAME=(\w+)$/m.exec(text)?.[1] ?? "unknown";
}

function matches(text: string, pattern: RegExp): string[] {
  return [...text.matchAll(pattern)].map(([, path = ""]) => path);
}
