/**
 * `deno bundle` runs esbuild, which it downloads at its first use and checks only
 * against the registry's own hash. So the pinned esbuild is placed where Deno
 * looks for it, and one that is already there is verified.
 */
import { dirname } from "node:path";
import { exists, publish } from "../cache.ts";
import { fetchNpmFile, type NpmFile } from "../npm_file.ts";
import { run } from "../run.ts";
import { requireSha256 } from "../verify.ts";
import { type Arch, HOST } from "./target.ts";

/** The version that Deno 2.9.6 asks for, and its name for the folder. */
const VERSION = "0.25.5";
const FOLDER = `esbuild-${VERSION}-1`;

const PINNED: Readonly<Record<Arch, readonly [string, string]>> = {
  x86_64: [
    "linux-x64",
    "3331e0b23c99d93d9a39e436a4838de40ca1c95ac3bcbd9874ba169d8545b634",
  ],
  aarch64: [
    "linux-arm64",
    "d6d656d9326ce1c55c01f73604a3cffda35c63cce60016e9ed795ac91cd1e67d",
  ],
};

let ensured: Promise<void> | undefined;

/**
 * Call it before `deno bundle`.
 *
 * @throws {Error} when another executable is there, or comes from the registry.
 */
export function ensureEsbuild(): Promise<void> {
  return ensured ??= placeEsbuild();
}

async function placeEsbuild(): Promise<void> {
  const [platform, sha256] = PINNED[HOST];
  const path = `${await denoFolder()}/dl/${FOLDER}/esbuild-${platform}`;
  const file: NpmFile = {
    what: `esbuild ${VERSION} at ${path}`,
    package: `@esbuild/${platform}@${VERSION}`,
    path: "bin/esbuild",
    sha256,
    remedy: "delete that file and use a registry that you trust",
  };
  if (await exists(path)) {
    return await requireSha256(await Deno.readFile(path), file);
  }
  const bytes = await fetchNpmFile(file);
  await Deno.mkdir(dirname(path), { recursive: true });
  await publish(
    path,
    (partial) => Deno.writeFile(partial, bytes, { mode: 0o755 }),
  );
}

async function denoFolder(): Promise<string> {
  return JSON.parse(await run(Deno.execPath(), ["info", "--json"])).denoDir;
}
