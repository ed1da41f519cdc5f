/** Fetches a file of an npm package without running anything of the package. */
import { run } from "./run.ts";
import { TemporaryFolder } from "./temporary_folder.ts";
import { type Pin, requireSha256 } from "./verify.ts";

/** A file that a registry has. */
export interface NpmFile extends Pin {
  /** `@esbuild/linux-x64@0.25.5` */
  readonly package: string;
  /** In the package. */
  readonly path: string;
}

/**
 * Downloads it by Deno, which needs no npm and reads the same settings:
 * NPM_CONFIG_REGISTRY, .npmrc, HTTPS_PROXY, DENO_CERT. The hash counts, not what
 * the registry says of it.
 *
 * @throws {Error} when Deno fails, or the file is not the pinned one.
 */
export async function fetchNpmFile(
  file: NpmFile,
): Promise<Uint8Array<ArrayBuffer>> {
  await using folder = await TemporaryFolder.make("npm");
  await Deno.writeTextFile(`${folder.path}/deno.json`, "{}");
  const options = ["--quiet", "--no-lock", "--node-modules-dir=auto"];
  await run(Deno.execPath(), [
    ...["install", ...options, `npm:${file.package}`],
  ], {
    cwd: folder.path,
    env: { DENO_DIR: `${folder.path}/cache`, NO_COLOR: "1" },
  });
  const name = file.package.replace(/@[^@]*$/, "");
  const bytes = await Deno.readFile(
    `${folder.path}/node_modules/${name}/${file.path}`,
  );
  await requireSha256(bytes, file);
  return bytes;
}
