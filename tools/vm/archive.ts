/**
 * Fetches and unpacks packages of a Debian or Ubuntu archive without apt, because
 * this machine may run another distribution.
 */
import { type Arch, HOST, targetOf } from "../build/target.ts";
import { requireSha256 } from "../verify.ts";
import { download } from "./download.ts";
import { type Archive, debian, fetchIndex } from "./release_file.ts";

export { type Archive, debian };

/** A package in the archive's index. */
export interface ArchivePackage {
  readonly name: string;
  readonly version: string;
  /** Below the archive's URL. */
  readonly path: string;
  readonly sha256: string;
  /** Names of its dependencies, the first of alternatives. */
  readonly depends: readonly string[];
}

/** Every package of the suite for a processor whose name matches. */
export async function listPackages(
  archive: Archive,
  name: RegExp,
  arch: Arch = HOST,
): Promise<ArchivePackage[]> {
  const path = `main/binary-${targetOf(arch).debian}/Packages.xz`;
  const packed = await fetchIndex(archive, path);
  const text = new TextDecoder().decode(await pipe("xz", ["-dc"], packed));
  return text.split("\n\n").flatMap((paragraph) => {
    const field = (key: string) =>
      new RegExp(`^${key}: (.*)$`, "m").exec(paragraph)?.[1] ?? "";
    if (!name.test(field("Package"))) return [];
    return [{
      name: field("Package"),
      version: field("Version"),
      path: field("Filename"),
      sha256: field("SHA256"),
      depends: ["Pre-Depends", "Depends"].flatMap((key) =>
        field(key).split(",").flatMap((one) =>
          /[a-z0-9][\w.+-]*/.exec(one)?.[0] ?? []
        )
      ),
    }];
  });
}

/** These packages and their dependencies, of alternatives the first. */
export function withDependencies(
  names: readonly string[],
  all: readonly ArchivePackage[],
): ArchivePackage[] {
  const byName = new Map(all.map((one) => [one.name, one]));
  const chosen = new Set<ArchivePackage>();
  const waiting = [...names];
  for (let name = waiting.pop(); name; name = waiting.pop()) {
    const found = byName.get(name);
    if (!found || chosen.has(found)) continue;
    chosen.add(found);
    waiting.push(...found.depends);
  }
  return [...chosen];
}

/**
 * Unpacks the files whose path in the package matches into `folder`.
 *
 * @throws {Error} when the package does not have its hash.
 */
export async function unpackPackage(
  archive: Archive,
  found: ArchivePackage,
  folder: string,
  wanted: RegExp,
): Promise<void> {
  const url = `${archive.url}/${found.path}`;
  const bytes = await download(url);
  await requireSha256(bytes, {
    what: url,
    sha256: found.sha256,
    remedy: "try again later or use another network: a mirror altered it",
  });
  const tar = await pipe("dpkg-deb", ["--fsys-tarfile", "/dev/stdin"], bytes);
  const list = new TextDecoder().decode(await pipe("tar", ["-t"], tar));
  const members = list.split("\n").filter((path) => wanted.test(path));
  if (members.length === 0) return;
  await pipe("tar", ["-x", "-C", folder, ...members], tar);
}

/** Runs a filter. @throws {Error} with its messages when it fails */
async function pipe(
  command: string,
  args: readonly string[],
  input: Uint8Array<ArrayBuffer>,
): Promise<Uint8Array<ArrayBuffer>> {
  const process = new Deno.Command(command, {
    args: [...args],
    stdin: "piped",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const [, output] = await Promise.all([
    new Blob([input]).stream().pipeTo(process.stdin).catch(() => {}),
    process.output(),
  ]);
  if (!output.success) {
    const message = new TextDecoder().decode(output.stderr).trim();
    throw new Error(`${command} ${args.join(" ")}: ${message}`);
  }
  return output.stdout;
}
