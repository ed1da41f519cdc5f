/**
 * The wrapper's image as an OCI archive, which `skopeo`, `podman load`, `ctr
 * image import` and registries' tools read: an index with an image for each
 * processor, each of one layer, as the Dockerfile makes it. The same bytes for
 * the same arguments. https://github.com/opencontainers/image-spec
 */
import { type Arch, targetOf } from "../build/target.ts";
import { sha256 } from "../cache.ts";
import { run, words } from "../run.ts";
import { TemporaryFolder } from "../temporary_folder.ts";

/** The content of the index. */
export interface ImageOptions {
  readonly binaries: readonly ImageBinary[];
  /** The file with the notices, for every processor. */
  readonly notices: string;
  readonly version: string;
  /** The commit, where it is known. */
  readonly revision: string | undefined;
  readonly date: Date;
}

/** One of its images. */
export interface ImageBinary {
  readonly path: string;
  readonly arch: Arch;
}

interface Descriptor {
  readonly mediaType: string;
  readonly digest: string;
  readonly size: number;
}

const NAME = "cloudtaser-wrapper";
const TYPES = "application/vnd.oci.image";

/** Writes the archive to the file `path`. */
export async function writeOciImage(
  path: string,
  options: ImageOptions,
): Promise<void> {
  await using temporary = await TemporaryFolder.make("oci");
  const image = `${temporary.path}/image`;
  await Deno.mkdir(`${image}/blobs/sha256`, { recursive: true });
  const manifests = [];
  for (const binary of options.binaries) {
    const manifest = await addImage(image, binary, options);
    manifests.push({ ...manifest, platform: platformOf(binary.arch) });
  }
  const annotations = annotationsOf(options);
  const index = await addBlob(image, "index.v1+json", {
    ...indexOf(manifests),
    annotations,
  });
  // Tools take an archive with one entry without a name for it.
  const name = {
    "org.opencontainers.image.ref.name": `${NAME}:${options.version}`,
  };
  await Deno.writeFile(
    `${image}/index.json`,
    encode(indexOf([{ ...index, annotations: name }])),
  );
  const layout = encode({ imageLayoutVersion: "1.0.0" });
  await Deno.writeFile(`${image}/oci-layout`, layout);
  const names = ["blobs", "index.json", "oci-layout"];
  await tar(path, image, names, options.date);
}

function indexOf(manifests: readonly unknown[]): Record<string, unknown> {
  return {
    schemaVersion: 2,
    mediaType: `${TYPES}.index.v1+json`,
    manifests,
  };
}

/** Adds layer, configuration and manifest. @returns the manifest */
async function addImage(
  image: string,
  { path, arch }: ImageBinary,
  options: ImageOptions,
): Promise<Descriptor> {
  await using root = await TemporaryFolder.make("layer");
  const names = [NAME, "THIRD_PARTY_NOTICES"];
  await Deno.copyFile(path, `${root.path}/${NAME}`);
  await Deno.chmod(`${root.path}/${NAME}`, 0o755);
  await Deno.copyFile(options.notices, `${root.path}/THIRD_PARTY_NOTICES`);
  await Deno.chmod(`${root.path}/THIRD_PARTY_NOTICES`, 0o644);
  const file = `${root.path}/layer.tar`;
  await tar(file, root.path, names, options.date);
  const layer = await addBlob(image, "layer.v1.tar", await Deno.readFile(file));
  return await addBlob(image, "manifest.v1+json", {
    schemaVersion: 2,
    mediaType: `${TYPES}.manifest.v1+json`,
    config: await addBlob(image, "config.v1+json", {
      created: options.date.toISOString(),
      ...platformOf(arch),
      config: { User: "65532:65532", Entrypoint: [`/${NAME}`] },
      rootfs: { type: "layers", diff_ids: [layer.digest] },
    }),
    layers: [layer],
    annotations: annotationsOf(options),
  });
}

function platformOf(arch: Arch): Record<string, string> {
  const { debian: architecture } = targetOf(arch);
  return {
    architecture,
    os: "linux",
    ...architecture === "arm64" && { variant: "v8" },
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

function encode(value: unknown): Uint8Array<ArrayBuffer> {
  return new TextEncoder().encode(JSON.stringify(value));
}

/** Bytes as they are, anything else as JSON. */
async function addBlob(
  image: string,
  type: string,
  content: unknown,
): Promise<Descriptor> {
  const bytes = content instanceof Uint8Array ? content : encode(content);
  const digest = await sha256(bytes);
  await Deno.writeFile(`${image}/blobs/sha256/${digest}`, bytes);
  return {
    mediaType: `${TYPES}.${type}`,
    digest: `sha256:${digest}`,
    size: bytes.length,
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
