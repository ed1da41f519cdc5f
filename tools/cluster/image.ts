/**
 * Makes container images of folders: docker archives, which containerd imports.
 * The same bytes for the same files. Nothing is pulled from anywhere.
 */
import { sha256 } from "../cache.ts";
import { run } from "./run.ts";

/** What the image says about its start. */
export interface ImageConfig {
  /** `uid:gid`; 65532:65532 by default. */
  readonly user?: string;
  readonly entrypoint?: readonly string[];
  readonly command?: readonly string[];
  /** `NAME=value` each. */
  readonly env?: readonly string[];
}

/** Writes the archive of an image; each folder is a layer, the last one on top. */
export async function writeImage(
  path: string,
  name: string,
  layers: readonly string[],
  config: ImageConfig = {},
): Promise<void> {
  const folder = await Deno.makeTempDir({ prefix: "cloudtaser-image-" });
  try {
    const made = await Promise.all(
      layers.map((root) => makeLayer(root, folder)),
    );
    const write = (file: string, content: unknown) =>
      Deno.writeTextFile(`${folder}/${file}`, JSON.stringify(content));
    await write("config.json", describe(config, made));
    const parts = made.map((digest) => `${digest}.tar`);
    await write("manifest.json", [
      { Config: "config.json", RepoTags: [name], Layers: parts },
    ]);
    const files = ["manifest.json", "config.json", ...new Set(parts)];
    await run("tar", ["--mtime=@0", "-C", folder, "-cf", path, ...files]);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** Packs a folder as `DIGEST.tar` and answers the digest. */
async function makeLayer(root: string, folder: string): Promise<string> {
  const partial = `${folder}/${crypto.randomUUID()}`;
  const same = ["--sort=name", "--owner=0", "--group=0", "--numeric-owner"];
  // Several names of one file in the cache are no hard links of the image.
  const words = [...same, "--mtime=@0", "--hard-dereference", "-C", root];
  await run("tar", [...words, "-cf", partial, "."]);
  const digest = await sha256(await Deno.readFile(partial));
  await Deno.rename(partial, `${folder}/${digest}.tar`);
  return digest;
}

function describe(config: ImageConfig, layers: readonly string[]): unknown {
  return {
    architecture: Deno.build.arch === "aarch64" ? "arm64" : "amd64",
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
