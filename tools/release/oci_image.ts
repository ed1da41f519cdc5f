/**
 * The wrapper's image as an OCI archive, which `skopeo`, `podman load`, `ctr
 * image import` and registries' tools read: one layer with one file, as the
 * Dockerfile makes it. The same bytes for the same arguments.
 * https://github.com/opencontainers/image-spec
 */
import { sha256 } from "../cache.ts";

/** What goes into it. */
export interface ImageOptions {
  /** The binary. */
  readonly binary: string;
  readonly version: string;
  /** The commit, where it is known. */
  readonly revision: string | undefined;
  readonly date: Date;
}

interface Descriptor {
  readonly mediaType: string;
  readonly digest: string;
  readonly size: number;
}

const NAME = "cloudtaser-wrapper";
const TYPES = "application/vnd.oci.image";
const ARCHITECTURES = { x86_64: "amd64", aarch64: "arm64" } as const;

/** Writes the archive to the file `path`. */
export async function writeOciImage(
  path: string,
  options: ImageOptions,
): Promise<void> {
  const folder = await Deno.makeTempDir({ prefix: "cloudtaser-oci-" });
  try {
    await Deno.mkdir(`${folder}/root`);
    await Deno.mkdir(`${folder}/image/blobs/sha256`, { recursive: true });
    await Deno.copyFile(options.binary, `${folder}/root/${NAME}`);
    await Deno.chmod(`${folder}/root/${NAME}`, 0o755);
    const layer = `${folder}/layer.tar`;
    await tar(layer, `${folder}/root`, [NAME], options.date);
    await writeLayout(`${folder}/image`, layer, options);
    const names = ["blobs", "index.json", "oci-layout"];
    await tar(path, `${folder}/image`, names, options.date);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

async function writeLayout(
  folder: string,
  layer: string,
  options: ImageOptions,
): Promise<void> {
  const content = await Deno.readFile(layer);
  const json = (value: unknown) =>
    new TextEncoder().encode(JSON.stringify(value));
  const layerBlob = await addBlob(folder, "layer.v1.tar", content);
  const config = await addBlob(
    folder,
    "config.v1+json",
    json(makeConfig(layerBlob.digest, options)),
  );
  const manifest = await addBlob(
    folder,
    "manifest.v1+json",
    json({
      schemaVersion: 2,
      mediaType: `${TYPES}.manifest.v1+json`,
      config,
      layers: [layerBlob],
      annotations: annotationsOf(options),
    }),
  );
  const annotations = {
    "org.opencontainers.image.ref.name": `${NAME}:${options.version}`,
  };
  const index = {
    schemaVersion: 2,
    mediaType: `${TYPES}.index.v1+json`,
    manifests: [{ ...manifest, annotations }],
  };
  await Deno.writeFile(`${folder}/index.json`, json(index));
  await Deno.writeFile(
    `${folder}/oci-layout`,
    json({ imageLayoutVersion: "1.0.0" }),
  );
}

function makeConfig(layer: string, { date }: ImageOptions): unknown {
  return {
    created: date.toISOString(),
    architecture: ARCHITECTURES[Deno.build.arch],
    os: "linux",
    config: { User: "65532:65532", Entrypoint: [`/${NAME}`] },
    rootfs: { type: "layers", diff_ids: [layer] },
  };
}

function annotationsOf({ version, revision, date }: ImageOptions): unknown {
  const key = (name: string) => `org.opencontainers.image.${name}`;
  return {
    [key("title")]: NAME,
    [key("version")]: version,
    [key("created")]: date.toISOString(),
    [key("licenses")]: "Apache-2.0",
    ...revision !== undefined && { [key("revision")]: revision },
  };
}

async function addBlob(
  folder: string,
  type: string,
  content: Uint8Array<ArrayBuffer>,
): Promise<Descriptor> {
  const digest = await sha256(content);
  await Deno.writeFile(`${folder}/blobs/sha256/${digest}`, content);
  return {
    mediaType: `${TYPES}.${type}`,
    digest: `sha256:${digest}`,
    size: content.length,
  };
}

async function tar(
  path: string,
  folder: string,
  names: readonly string[],
  date: Date,
): Promise<void> {
  const { success, stderr } = await new Deno.Command("tar", {
    args: [
      ...["--format=ustar", "--sort=name", "--numeric-owner"],
      ...["--owner=0", "--group=0", `--mtime=@${date.getTime() / 1000}`],
      ...["--mode=u=rwX,go=rX", "-C", folder, "-cf", path, ...names],
    ],
  }).output();
  if (!success) throw new Error(new TextDecoder().decode(stderr));
}
