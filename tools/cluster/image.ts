/** Makes container images of folders, as docker archives. The same files make the same bytes. */
import { HOST, targetOf } from "../build/target.ts";
import { sha256 } from "../cache.ts";
import { run } from "../run.ts";
import { TemporaryFolder } from "../temporary_folder.ts";

/** One image. */
export interface Image {
  /** `localhost/app:1` */
  readonly name: string;
  /** Folders: each is a layer, the last one on top. */
  readonly layers: readonly string[];
  /** `uid:gid`; 65532:65532 by default. */
  readonly user?: string;
  readonly entrypoint?: readonly string[];
  readonly command?: readonly string[];
  /** `NAME=value` each. */
  readonly env?: readonly string[];
}

/** Writes one archive of several images; a folder that several have is packed once. */
export async function writeImages(
  path: string,
  images: readonly Image[],
): Promise<void> {
  await using temporary = await TemporaryFolder.make("image");
  const folder = temporary.path;
  const digests = new Map<string, string>();
  for (const root of images.flatMap(({ layers }) => layers)) {
    if (digests.has(root)) continue;
    digests.set(root, await makeLayer(root, folder));
  }
  const write = (file: string, content: unknown) =>
    Deno.writeTextFile(`${folder}/${file}`, JSON.stringify(content));
  const files = new Set(["manifest.json"]);
  const manifest = await Promise.all(images.map(async (image, index) => {
    const made = image.layers.map((root) => digests.get(root) ?? "");
    const Config = `config-${index}.json`;
    await write(Config, describe(image, made));
    const Layers = made.map((digest) => `${digest}.tar`);
    for (const file of [Config, ...Layers]) files.add(file);
    return { Config, RepoTags: [image.name], Layers };
  }));
  await write("manifest.json", manifest);
  await run("tar", ["--mtime=@0", "-C", folder, "-cf", path, ...files]);
}

/** Packs a folder as `DIGEST.tar`. @returns the digest */
async function makeLayer(root: string, folder: string): Promise<string> {
  const partial = `${folder}/${crypto.randomUUID()}`;
  const same = ["--sort=name", "--owner=0", "--group=0", "--numeric-owner"];
  // Hard links in the cache are separate files in the image.
  const words = [...same, "--mtime=@0", "--hard-dereference", "-C", root];
  await run("tar", [...words, "-cf", partial, "."]);
  const digest = await sha256(await Deno.readFile(partial));
  await Deno.rename(partial, `${folder}/${digest}.tar`);
  return digest;
}

function describe(config: Image, layers: readonly string[]): unknown {
  return {
    architecture: targetOf(HOST).debian,
    os: "linux",
    config: {
      User: config.user ?? "65532:65532",
      Entrypoint: config.entrypoint ?? null,
      Cmd: config.command ?? null,
      Env: config.env ?? [],
    },
    rootfs: {
      type: "layers",
      diff_ids: layers.map((digest) => `sha256:${digest}`),
    },
  };
}
