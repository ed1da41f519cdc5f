/**
 * The static base as a file: collected, packed, kept in the cache under a hash
 * of everything that goes into it. `deno compile` takes it as DENORT_BIN.
 */
import {
  cacheDirectory,
  exists,
  pruneCache,
  publish,
  sha256,
} from "../cache.ts";
import { bundle } from "../build/bundle.ts";
import type { Arch } from "../build/target.ts";
import { step } from "../progress.ts";
import { packBase } from "./pack.ts";
import { buildStub, collectParts } from "./parts.ts";

/** Options of the wrapper's Deno. */
export interface BaseOptions {
  /** The processor that the executable is for. */
  readonly arch: Arch;
  readonly v8Flags: readonly string[];
}

/** A base in the cache. */
export interface Base {
  readonly path: string;
  /** For people: `2.36 (Debian 2.36-9+deb12u13)`. */
  readonly glibc: string;
}

/** Not the caller's argv[0]: Deno runs another command when it is `dx`, for example. */
const ARGV0 = "cloudtaser-wrapper";

/** Sources that the result depends on besides the parts. */
const PACKER = ["./elf.ts", "./pack.ts", "./region.ts"] as const;

/** How many bases the cache keeps; each has about 100 MB, and each version of the shim makes one. */
const KEPT = 4;

/**
 * Makes the base from a Deno executable and Debian's C library.
 *
 * @throws {Error} when a part is missing or unusable.
 */
export async function buildBase(
  executable: string,
  options: BaseOptions,
): Promise<Base> {
  const { arch } = options;
  const collected = await collectParts(executable, arch);
  const stub = await buildStub(arch);
  const args = makeArgs(options);
  const environment = await makeEnvironment(collected.glibc);
  const key = await sha256([
    ...await Promise.all([
      sha256(collected.executable.bytes),
      sha256(collected.loader.bytes),
      sha256(stub.bytes),
      ...collected.libraries.map((bytes) => sha256(bytes)),
      ...PACKER.map(async (name) =>
        sha256(await Deno.readTextFile(new URL(name, import.meta.url)))
      ),
    ]),
    ...args,
    ...environment,
  ].join("\n"));
  const folder = await cacheDirectory("base");
  const path = `${folder}/${key}`;
  if (!await exists(path)) {
    await step("packing Deno, loader and libraries into a static base", () => {
      const base = packBase({ ...collected, stub, args, environment });
      return publish(
        path,
        (partial) => Deno.writeFile(partial, base, { mode: 0o755 }),
      );
    });
  }
  await Deno.utime(path, new Date(), new Date());
  await pruneCache(folder, KEPT);
  return { path, glibc: collected.glibc };
}

/** Deno reads modules with a parser of its own, so the module is one line, and V8 reads the rest. */
const MODULE = 'await(0,eval)(Deno.env.get("CT_BOOTSTRAP"))';

function makeArgs({ v8Flags }: BaseOptions): string[] {
  return [
    ...[ARGV0, "run", "-A", "--no-config", "--no-lock", "--no-remote"],
    ...["--no-npm", "--no-prompt", "--no-code-cache"],
    `--v8-flags=${v8Flags.join(",")}`,
    `data:text/javascript;base64,${
      new TextEncoder().encode(MODULE).toBase64()
    }`,
  ];
}

async function makeEnvironment(glibc: string): Promise<string[]> {
  const bootstrap = new URL("./bootstrap.js", import.meta.url).pathname;
  return [
    // Paths where nothing can be made. Without HOME Deno reads the image's user database for one,
    // and .npmrc there. Not found is the only error that Deno accepts.
    "DENO_DIR=/dev/null/deno",
    "HOME=/proc/none",
    "DENO_NO_UPDATE_CHECK=1",
    // On a terminal Deno would report its missing cache on the application's stderr.
    "DENO_LOG=off",
    "NO_COLOR=1",
    `CT_GLIBC=${glibc}`,
    `CT_BOOTSTRAP=${await bundle(bootstrap)}`,
  ];
}
