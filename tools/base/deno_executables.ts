/**
 * The Deno executables that may become the base of the product, by hash. Deno
 * publishes the same files on npm and GitHub; a distribution's own build is not
 * one of them. After a change of the version: `npm view PACKAGE@VERSION dist`,
 * `npm pack`, `sha256sum package/deno`.
 */
import { cacheDirectory, exists, publish } from "../cache.ts";
import type { Arch } from "../build/target.ts";
import { step } from "../progress.ts";
import { run } from "../run.ts";
import { TemporaryFolder } from "../temporary_folder.ts";
import { requireSha256 } from "../verify.ts";

interface DenoExecutable {
  /** On npm; its file `deno` is the executable. */
  readonly package: string;
  readonly sha256: string;
}

/** The only version that builds the product. */
export const DENO_VERSION = "2.9.6";

const EXECUTABLES: Readonly<Record<Arch, DenoExecutable>> = {
  x86_64: {
    package: "@deno/linux-x64-glibc",
    sha256: "bceb5b6a6239b0b010418406d8c77a508f67cf4337d94288f1c19fe71304aab0",
  },
  aarch64: {
    package: "@deno/linux-arm64-glibc",
    sha256: "d08d392418df53f4e6e88a08909c0e1bccbf9adcead7232df72b6ad6075ec416",
  },
};

/**
 * Call it before anything is made of the executable.
 *
 * @throws {Error} one line when it is another build, another version or damaged.
 */
export async function requireKnownDeno(
  arch: Arch,
  bytes: Uint8Array,
): Promise<void> {
  await requireSha256(bytes, {
    what: `Deno ${DENO_VERSION} for ${arch}`,
    sha256: EXECUTABLES[arch].sha256,
    remedy:
      `build with "npx -y deno@${DENO_VERSION} task compile", from a registry that you trust`,
  });
}

/**
 * Downloads the executable by npm, whose settings name registry, proxy and
 * certificate authority.
 *
 * @returns its path in the cache.
 * @throws {Error} when npm fails, or the executable is not the pinned one.
 */
export async function fetchDeno(arch: Arch): Promise<string> {
  const { sha256 } = EXECUTABLES[arch];
  const path = `${await cacheDirectory("deno")}/${sha256}`;
  if (await exists(path)) return path;
  await step(`fetching Deno ${DENO_VERSION} for ${arch}`, async () => {
    await using folder = await TemporaryFolder.make("deno");
    const unpacked = await unpackDeno(arch, folder.path);
    await requireKnownDeno(arch, await Deno.readFile(unpacked));
    await publish(path, async (partial) => {
      await Deno.copyFile(unpacked, partial);
      await Deno.chmod(partial, 0o755);
    });
  });
  return path;
}

/** Runs nothing of the package. @returns the path of the executable, unverified */
async function unpackDeno(arch: Arch, folder: string): Promise<string> {
  const name = `${EXECUTABLES[arch].package}@${DENO_VERSION}`;
  const pack = ["pack", name, "--silent", `--pack-destination=${folder}`];
  const archive = (await run("npm", pack, { cwd: folder })).trim();
  await run("tar", ["-xzf", archive, "package/deno"], { cwd: folder });
  return `${folder}/package/deno`;
}
