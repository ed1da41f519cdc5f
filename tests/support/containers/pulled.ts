/** The image of one processor, copied from a registry by skopeo and unpacked. */
import { type Arch, targetOf } from "../../../tools/build/target.ts";
import { run } from "../../../tools/run.ts";
import { TemporaryFolder } from "../../../tools/temporary_folder.ts";
import type { ImageConfig } from "./buildah.ts";
import type { Registry } from "./registry.ts";

/** An unpacked image; `await using` deletes it. */
export interface Pulled extends AsyncDisposable {
  /** Its root directory. */
  readonly root: string;
  readonly architecture: string;
  readonly os: string;
  readonly config: ImageConfig;
}

/** The platforms of an image's index, in its order. */
export async function readPlatforms(
  { address, home }: Registry,
  image: string,
): Promise<unknown[]> {
  const words = ["inspect", "--raw", `docker://${address}/${image}`];
  const index = JSON.parse(await run("skopeo", words, { env: { HOME: home } }));
  return index.manifests.map(({ platform }: { platform: unknown }) => platform);
}

/** Pulls `name:tag` for a processor, as a node of that processor does. */
export async function pull(
  { address, home }: Registry,
  image: string,
  arch: Arch,
): Promise<Pulled> {
  const folder = await TemporaryFolder.make("pulled");
  const layout = `${folder.path}/image`;
  const root = `${folder.path}/root`;
  const words = [
    "--override-os=linux",
    "--override-arch",
    targetOf(arch).debian,
  ];
  await run("skopeo", [
    ...[...words, "copy", "--quiet"],
    ...[`docker://${address}/${image}`, `oci:${layout}`],
  ], { env: { HOME: home } });
  const blob = (digest: string) =>
    `${layout}/blobs/${digest.replace(":", "/")}`;
  const read = async (path: string) =>
    JSON.parse(await Deno.readTextFile(path));
  const index = await read(`${layout}/index.json`);
  const manifest = await read(blob(index.manifests[0].digest));
  await Deno.mkdir(root);
  for (const { digest } of manifest.layers) {
    await run("tar", ["-xf", blob(digest), "-C", root]);
  }
  return {
    ...await read(blob(manifest.config.digest)),
    root,
    [Symbol.asyncDispose]: () => folder[Symbol.asyncDispose](),
  };
}
