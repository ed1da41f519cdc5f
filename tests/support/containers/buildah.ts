/**
 * Builds the real Dockerfile without any registry: buildah with chroot
 * isolation, storage in a folder of the test, base images tagged from root
 * directories made here. Needs root and BUILDAH_PACKAGES.
 */
import { cacheDirectory, sha256 } from "../../../tools/cache.ts";
import { BUILD_PACKAGES } from "../../../tools/packages.ts";
import { step } from "../../../tools/progress.ts";
import { run } from "../../../tools/run.ts";

/** Debian packages that this file needs. */
export const BUILDAH_PACKAGES = ["buildah", "debootstrap"] as const;

const ROOT = new URL("../../../", import.meta.url).pathname;

/** A container storage of its own; `await using` deletes it. */
export class Buildah implements AsyncDisposable {
  readonly #folder: string;

  private constructor(folder: string) {
    this.#folder = folder;
  }

  static async make(): Promise<Buildah> {
    return new Buildah(
      await Deno.makeTempDir({ prefix: "cloudtaser-buildah-" }),
    );
  }

  /** Tags a root directory as an image. */
  async tag(name: string, root: string): Promise<void> {
    const container = (await this.#buildah(["from", "scratch"])).trim();
    await this.#buildah(["copy", "--quiet", container, `${root}/`, "/"]);
    await this.#buildah(["commit", "--quiet", "--rm", container, name]);
  }

  /** Builds the repository's Dockerfile. `volumes` are `HOST:CONTAINER` for its RUN steps. */
  async build(
    name: string,
    args: Readonly<Record<string, string>>,
    volumes: readonly string[],
  ): Promise<void> {
    await this.#buildah([
      "build",
      "--isolation=chroot",
      // Newer ones raise these by default, which not every root may do.
      "--ulimit=nofile=1024:4096",
      "--ulimit=nproc=4096:4096",
      "--pull=never",
      "--quiet",
      `--tag=${name}`,
      ...Object.entries(args).map(([k, v]) => `--build-arg=${k}=${v}`),
      ...volumes.map((volume) => `--volume=${volume}`),
      ROOT,
    ]);
  }

  /** Loads an OCI archive, by the name that it gets here. */
  async load(name: string, archive: string): Promise<void> {
    const id = await this.#buildah([
      "pull",
      "--quiet",
      `oci-archive:${archive}`,
    ]);
    await this.#buildah(["tag", id.trim(), name]);
  }

  /** The image's configuration, as the OCI image specification has it. */
  async config(name: string): Promise<ImageConfig> {
    const text = await this.#buildah(["inspect", "--type=image", name]);
    return JSON.parse(text).OCIv1.config;
  }

  /** Copies the image's root directory out. */
  async export(name: string, to: string): Promise<void> {
    const container = (await this.#buildah(["from", "--pull=never", name]))
      .trim();
    const mounted = (await this.#buildah(["mount", container])).trim();
    await run("cp", ["-a", `${mounted}/.`, to]);
    await this.#buildah(["rm", container]);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Deno.remove(this.#folder, { recursive: true });
  }

  #buildah(args: readonly string[]): Promise<string> {
    return run("buildah", [
      "--storage-driver=vfs",
      `--root=${this.#folder}/root`,
      `--runroot=${this.#folder}/run`,
      ...args,
    ]);
  }
}

export interface ImageConfig {
  readonly User: string;
  readonly Entrypoint: readonly string[];
}

/** Debian with what builds need and the running deno: what BUILD_IMAGE may be. Cached. */
export async function makeBuildRoot(): Promise<string> {
  const suite = await readSuite();
  const cache = await cacheDirectory("roots");
  const packages = BUILD_PACKAGES.join(",");
  const key = (await sha256(packages)).slice(0, 8);
  const path = `${cache}/build-${suite}-${Deno.version.deno}-${key}`;
  if (await Deno.stat(path).then(() => true, () => false)) return path;
  const partial = `${path}.${Deno.pid}.tmp`;
  await step(`debootstrap ${suite} with compilers`, async () => {
    await run("debootstrap", [
      "--variant=minbase",
      `--include=${packages}`,
      suite,
      partial,
    ]);
    await Deno.remove(`${partial}/var/cache/apt/archives`, { recursive: true });
    await Deno.copyFile(Deno.execPath(), `${partial}/usr/local/bin/deno`);
    await Deno.rename(partial, path);
  });
  return path;
}

async function readSuite(): Promise<string> {
  const text = await Deno.readTextFile("/etc/os-release");
  const name = /^VERSION_CODENAME=(\w+)$/m.exec(text)?.[1];
  if (name === undefined) throw new Error("This is not a Debian release");
  return name;
}
