/**
 * Builds the real Dockerfile without any registry: buildah with chroot
 * isolation, storage in a folder of the test, base images tagged from root
 * directories made here. Needs root and BUILDAH_PACKAGES.
 */
import { HOST, targetOf } from "../../../tools/build/target.ts";
import { cacheDirectory, sha256 } from "../../../tools/cache.ts";
import { BUILD_PACKAGES } from "../../../tools/packages.ts";
import { step } from "../../../tools/progress.ts";
import { run } from "../../../tools/run.ts";

/** Debian packages that this file needs. */
export const BUILDAH_PACKAGES = ["buildah", "debootstrap", "gpgv"] as const;

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

  /**
   * A script that stands for `docker`: buildah with its words. It builds with
   * `args`, and with `volumes` (`HOST:CONTAINER`) for the RUN steps. What `docker
   * buildx build --push -t` does in one step is a manifest list and its push.
   */
  docker(
    args: Readonly<Record<string, string>>,
    volumes: readonly string[],
  ): string {
    const build = [
      "--isolation=chroot",
      // Newer ones raise these by default, which not every root may do.
      "--ulimit=nofile=1024:4096",
      "--ulimit=nproc=4096:4096",
      "--pull=never",
      // BuildKit has it; Debian 12's buildah leaves it empty.
      `--build-arg=BUILDPLATFORM=linux/${targetOf(HOST).debian}`,
      ...Object.entries(args).map(([k, v]) => `--build-arg=${k}=${v}`),
      ...volumes.map((volume) => `--volume=${volume}`),
    ];
    const quote = (words: readonly string[]) =>
      words.map((word) => `'${word}'`).join(" ");
    return `#!/bin/sh -e
command=$1; shift
if [ "$command" = buildx ]; then
  command=build; shift
  for word; do
    shift
    case $last,$word in
    *,--push) push=yes; continue ;;
    *,-t) last=-t; word=--manifest ;;
    -t,*) last=; image=$word; word=localhost/index ;;
    esac
    set -- "$@" "$word"
  done
fi
[ "$command" != build ] || set -- ${quote(build)} "$@"
[ -n "$push" ] || exec buildah ${quote(this.#storage)} "$command" "$@"
buildah ${quote(this.#storage)} "$command" "$@"
buildah ${
      quote(this.#storage)
    } manifest push --all localhost/index "docker://$image"
`;
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

  /** Gives an image one more name. */
  async alias(name: string, other: string): Promise<void> {
    await this.#buildah(["tag", name, other]);
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

  get #storage(): string[] {
    return [
      "--storage-driver=vfs",
      `--root=${this.#folder}/root`,
      `--runroot=${this.#folder}/run`,
    ];
  }

  #buildah(args: readonly string[]): Promise<string> {
    return run("buildah", [...this.#storage, ...args]);
  }
}

export interface ImageConfig {
  readonly User: string;
  readonly Entrypoint: readonly string[];
  readonly Cmd?: readonly string[];
}

/** Debian with what builds need and the running deno: what BUILD_IMAGE may be. Cached. */
export async function makeBuildRoot(): Promise<string> {
  const suite = await readSuite();
  const cache = await cacheDirectory("roots");
  const key = (await sha256(BUILD_PACKAGES.join(","))).slice(0, 8);
  const path = `${cache}/build-${suite}-${Deno.version.deno}-${key}`;
  if (await Deno.stat(path).then(() => true, () => false)) return path;
  const partial = `${path}.${Deno.pid}.tmp`;
  await step(`debootstrap ${suite} with compilers`, async () => {
    await bootstrapDebian(partial, suite, BUILD_PACKAGES);
    await Deno.remove(`${partial}/var/cache/apt/archives`, { recursive: true });
    await Deno.copyFile(Deno.execPath(), `${partial}/usr/local/bin/deno`);
    await Deno.rename(partial, path);
  });
  return path;
}

/**
 * Makes a root directory of Debian.
 *
 * @param options the defaults are debootstrap's
 * @throws {Error} also when there is no keyring to verify with
 */
export async function bootstrapDebian(
  folder: string,
  suite: string,
  packages: readonly string[],
  options: { readonly keyring?: string; readonly mirror?: string } = {},
): Promise<void> {
  const { keyring, mirror } = options;
  await run("debootstrap", [
    // Without this it only warns when the keyring is missing.
    "--force-check-gpg",
    ...keyring ? [`--keyring=${keyring}`] : [],
    "--variant=minbase",
    `--include=${packages.join(",")}`,
    suite,
    folder,
    ...mirror ? [mirror] : [],
  ]);
}

async function readSuite(): Promise<string> {
  const text = await Deno.readTextFile("/etc/os-release");
  const name = /^VERSION_CODENAME=(\w+)$/m.exec(text)?.[1];
  if (name === undefined) throw new Error("This is not a Debian release");
  return name;
}
