/**
 * What a cross build links with: the libraries of a native build, from Debian's
 * packages for the other processor and of this machine's release. apt fetches and
 * verifies them from this machine's sources; nothing is installed.
 */
import { basename } from "node:path";
import { cacheDirectory, makeOnce, sha256 } from "../cache.ts";
import { apt, ensurePackages } from "../packages.ts";
import { run, tryRun, words } from "../run.ts";
import { type Arch, type Target, targetOf } from "./target.ts";

/** The packages of a native build that have files of the target's processor. */
const PACKAGES = words(`
  libbpf-dev libc6 libc6-dev libcrypt-dev libelf-dev libelf1 libgcc-s1
  libzstd-dev linux-libc-dev zlib1g-dev
`);

/** One of them as it was fetched; `packages.json` in the sysroot has them all. */
export interface SysrootPackage {
  readonly name: string;
  readonly version: string;
  /** Paths in the sysroot, with a slash at the front. */
  readonly files: readonly string[];
}

/**
 * The folder with libraries and headers for another processor.
 *
 * @throws {Error} with apt's messages.
 */
export async function sysroot(arch: Arch): Promise<string> {
  const target = targetOf(arch);
  await ensurePackages([target.crossPackage]);
  // An update of this machine's C library renews it.
  const installed = await tryRun("dpkg-query", ["-W", "libc6"]);
  const key = await sha256(`${PACKAGES.join()} ${installed.stdout}`);
  const cache = await cacheDirectory("sysroots");
  const folder = `${cache}/${arch}-${key.slice(0, 16)}`;
  const title = `fetching Debian's libraries for ${target.debian}`;
  await makeOnce(folder, title, (building) => fetchPackages(target, building));
  return folder;
}

/** The packages of a sysroot. */
export async function readSysrootPackages(
  folder: string,
): Promise<SysrootPackage[]> {
  return JSON.parse(await Deno.readTextFile(`${folder}/packages.json`));
}

async function fetchPackages(target: Target, folder: string): Promise<void> {
  const state = `${folder}/apt`;
  await Deno.mkdir(`${state}/lists/partial`, { recursive: true });
  await Deno.mkdir(`${state}/cache/archives/partial`, { recursive: true });
  const options = [
    `APT::Architecture=${target.debian}`,
    `APT::Architectures=${target.debian}`,
    `Dir::State::lists=${state}/lists`,
    `Dir::State::status=/dev/null`,
    `Dir::Cache=${state}/cache`,
    // apt's own user may not write into the cache.
    "APT::Sandbox::User=root",
  ].flatMap((option) => ["-o", option]);
  await apt([...options, "update", "-q"]);
  await apt([...options, "download", "-q", ...PACKAGES], { cwd: state });
  const packages: SysrootPackage[] = [];
  const entries = await Array.fromAsync(Deno.readDir(state));
  const archives = entries.map(({ name }) => name)
    .filter((name) => name.endsWith(".deb")).sort();
  for (const name of archives) {
    packages.push(await unpack(`${state}/${name}`, folder));
  }
  await Deno.remove(state, { recursive: true });
  const text = JSON.stringify(packages);
  await Deno.writeTextFile(`${folder}/packages.json`, text);
}

async function unpack(path: string, folder: string): Promise<SysrootPackage> {
  const [name = "", version = ""] = basename(path, ".deb").split("_");
  await run("dpkg-deb", ["-x", path, folder]);
  const list = 'dpkg-deb --fsys-tarfile "$1" | tar -t';
  const paths = (await run("sh", ["-c", list, "sh", path])).split("\n");
  // "./usr/lib/": a folder.
  const files = paths.filter((file) => /[^/]$/.test(file))
    .map((file) => file.slice(1));
  return { name, version: decodeURIComponent(version), files };
}
