/**
 * Which crates Deno's executable contains, by cargo: the package `deno` with its
 * own Cargo.lock, whose hashes cargo compares with what it downloads. Only
 * `update.ts` needs this, so only a new version of Deno needs cargo.
 */
import { DENO_VERSION } from "../../base/deno_executables.ts";
import { run, words } from "../../run.ts";
import { requireSha256 } from "../../verify.ts";

/** The package whose executable the base is; its lock file has the hashes of the others. */
const PIN = {
  what: `crate deno ${DENO_VERSION}`,
  sha256: "8a96586310cbe8b54508b3be789e9f22094d19666be8425ef9ccb2d407757d75",
  remedy: "delete it from cargo's cache, and use a registry that you trust",
};

/** How Deno's release is built: .github/workflows/ci.ts in its repository. */
const FEATURES = ["--features", "panic-trace"];
const TARGETS = ["x86_64-unknown-linux-gnu", "aarch64-unknown-linux-gnu"];

/** One package that is linked into the executable. */
export interface Crate {
  readonly name: string;
  readonly version: string;
  /** SPDX expression; empty if the package names only a file. */
  readonly license: string;
  readonly authors: readonly string[];
  readonly repository: string;
  /** Of the package's file; empty for Deno itself, which is not in its own lock. */
  readonly sha256: string;
  /** Where cargo unpacked it. */
  readonly folder: string;
}

interface CargoPackage {
  readonly name: string;
  readonly version: string;
  readonly license: string | null;
  readonly authors: readonly string[];
  readonly repository: string | null;
  readonly manifest_path: string;
}

/**
 * Downloads the crates and lists those that are linked for any of the targets,
 * without what only builds need.
 *
 * @param folder an empty folder, where Deno's own package is unpacked.
 * @throws {Error} with cargo's messages, or if Deno's package is another file.
 */
export async function listCrates(folder: string): Promise<Crate[]> {
  await unpackDeno(folder);
  const cargo = (...args: string[]) => run("cargo", args, { cwd: folder });
  const targets = (flag: string) => TARGETS.flatMap((name) => [flag, name]);
  await cargo("fetch", "--locked", ...targets("--target"));
  const linked = new Set<string>();
  for (const target of TARGETS) {
    const tree = await cargo(
      ...words("tree --locked --offline --prefix none --format {p}"),
      ...words("--edges normal,no-proc-macro --target"),
      ...[target, ...FEATURES],
    );
    for (const [, name, version] of tree.matchAll(/^(\S+) v(\S+)/gm)) {
      linked.add(`${name} ${version}`);
    }
  }
  const { packages } = JSON.parse(
    await cargo(
      ...words("metadata --locked --offline --format-version 1"),
      ...[...FEATURES, ...targets("--filter-platform")],
    ),
  ) as { packages: readonly CargoPackage[] };
  const sums = readSums(await Deno.readTextFile(`${folder}/Cargo.lock`));
  return packages.filter((one) => linked.has(`${one.name} ${one.version}`))
    .map((one) => describe(one, sums))
    .sort((a, b) => compare(a.name, b.name) || compare(a.version, b.version));
}

/** `cargo info` downloads one package into cargo's own folder. */
async function unpackDeno(folder: string): Promise<void> {
  await run("cargo", ["info", `deno@${DENO_VERSION}`], { cwd: folder });
  const home = Deno.env.get("CARGO_HOME") ?? `${Deno.env.get("HOME")}/.cargo`;
  const cache = `${home}/registry/cache`;
  for await (const { name } of Deno.readDir(cache)) {
    const file = `${cache}/${name}/deno-${DENO_VERSION}.crate`;
    const bytes = await Deno.readFile(file).catch(() => undefined);
    if (bytes === undefined) continue;
    await requireSha256(bytes, PIN);
    await run("tar", ["-xzf", file, "--strip-components=1", "-C", folder]);
    return;
  }
  throw new Error(`cargo did not download deno ${DENO_VERSION} to ${cache}`);
}

function readSums(lock: string): ReadonlyMap<string, string> {
  const entry =
    /^name = "(.+)"\nversion = "(.+)"\nsource = .+\nchecksum = "(.+)"/gm;
  return new Map(
    [...lock.matchAll(entry)].map((
      [, name, version, sum = ""],
    ) => [`${name} ${version}`, sum]),
  );
}

function describe(
  { name, version, license, authors, repository, manifest_path }: CargoPackage,
  sums: ReadonlyMap<string, string>,
): Crate {
  return {
    name,
    version,
    // Cargo still accepts the old form of an alternative.
    license: (license ?? "").replaceAll(/\s*\/\s*/g, " OR "),
    authors,
    repository: repository ?? "",
    sha256: sums.get(`${name} ${version}`) ?? "",
    folder: manifest_path.replace(/\/Cargo\.toml$/, ""),
  };
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
