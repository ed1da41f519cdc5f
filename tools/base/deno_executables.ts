/**
 * The Deno executables that may become the base of the product, by hash. Deno
 * publishes the same files on npm and GitHub; a distribution's own build is not
 * one of them. After a change of the version: `npm pack PACKAGE@VERSION`,
 * `sha256sum package/deno`.
 */
import { cacheDirectory, exists, publish } from "../cache.ts";
import type { Arch } from "../build/target.ts";
import { fetchNpmFile, type NpmFile } from "../npm_file.ts";
import { step } from "../progress.ts";
import { requireSha256 } from "../verify.ts";

/** The only version that builds the product. */
export const DENO_VERSION = "2.9.6";

const EXECUTABLES: Readonly<Record<Arch, NpmFile>> = {
  x86_64: describe(
    "x86_64",
    "@deno/linux-x64-glibc",
    "bceb5b6a6239b0b010418406d8c77a508f67cf4337d94288f1c19fe71304aab0",
  ),
  aarch64: describe(
    "aarch64",
    "@deno/linux-arm64-glibc",
    "d08d392418df53f4e6e88a08909c0e1bccbf9adcead7232df72b6ad6075ec416",
  ),
};

function describe(arch: Arch, name: string, sha256: string): NpmFile {
  return {
    what: `Deno ${DENO_VERSION} for ${arch}`,
    package: `${name}@${DENO_VERSION}`,
    path: "deno",
    sha256,
    remedy:
      `build with "tools/deno task compile", from a registry that you trust`,
  };
}

/**
 * Call it before anything is made of the executable.
 *
 * @throws {Error} one line when it is another build, another version or damaged.
 */
export async function requireKnownDeno(
  arch: Arch,
  bytes: Uint8Array,
): Promise<void> {
  await requireSha256(bytes, EXECUTABLES[arch]);
}

/**
 * Downloads the executable for a processor.
 *
 * @returns its path in the cache.
 * @throws {Error} when the download fails, or it is not the pinned one.
 */
export async function fetchDeno(arch: Arch): Promise<string> {
  const file = EXECUTABLES[arch];
  const path = `${await cacheDirectory("deno")}/${file.sha256}`;
  if (await exists(path)) return path;
  await step(`fetching ${file.what}`, async () => {
    const bytes = await fetchNpmFile(file);
    await publish(
      path,
      (partial) => Deno.writeFile(partial, bytes, { mode: 0o755 }),
    );
  });
  return path;
}
