/**
 * The wrapper's image as an OCI archive, which `skopeo`, `podman load`, `ctr
 * image import` and registries' tools read: one layer with one file, as the
 * Dockerfile makes it. The same bytes for the same arguments.
 * https://github.com/opencontainers/image-spec
 */
import { sha256 } from "../cache.ts";
import { run, words } from "../run.ts";
import { TemporaryFolder } from "../temporary_folder.ts";

/** The content of the image. */
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
  await using temporary = await TemporaryFolder.make("oci");
  const folder = temporary.path;
  await Deno.mkdir(`${folder}/root`);
  await Deno.mkdir(`${folder}/image/blobs/sha256`, { recursive: true });
  await Deno.copyFile(options.binary, `${folder}/root/${NAME}`);
  await Deno.chmod(`${folder}/root/${NAME}`, 0o755);
  const layer = `${folder}/layer.tar`;
  await tar(layer, `${folder}/root`, [NAME], options.date);
  await writeLayout(`${folder}/image`, layer, options);
  const names = ["blobs", "index.json", "oci-layout"];
  await tar(path, `${folder}/image`, names, options.date);
}

async function writeLayout(
  folder: string,
  layer: string,
  options: ImageOptions,
): Promise<void> {
  const content = await Deno.readFile(layer);
  const layers = [await addBlob(folder, "layer.v1.tar", content)];
  const text = encode(makeConfig(layers, options));
  const config = await addBlob(folder, "config.v1+json", text);
  const manifest = await addBlob(
    folder,
    "manifest.v1+json",
    encode({
      schemaVersion: 2,
      mediaType: `${TYPES}.manifest.v1+json`,
      config,
      layers,
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
  await Deno.writeFile(`${folder}/index.json`, encode(index));
  const layout = encode({ imageLayoutVersion: "1.0.0" });
  await Deno.writeFile(`${folder}/oci-layout`, layout);
}

function encode(value: unknown): Uint8Array<ArrayBuffer> {
  return new TextEncoder().encode(JSON.stringify(value));
}

function makeConfig(
  layers: readonly Descriptor[],
  { date }: ImageOptions,
): unknown {
  return {
    created: date.toISOString(),
    architecture: ARCHITECTURES[Deno.build.arch],
    os: "linux",
    config: { User: "65532:65532", Entrypoint: [`/${NAME}`] },
    rootfs: { type: "layers", diff_ids: layers.map(({ digest }) => digest) },
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
  await run("tar", [
    ...words("--format=ustar --sort=name --owner=0 --group=0 --numeric-owner"),
    ...[`--mtime=@${date.getTime() / 1000}`, "--mode=u=rwX,go=rX"],
    ...["-C", folder, "-cf", path, ...names],
  ]);
}
