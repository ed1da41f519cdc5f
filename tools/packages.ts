/**
 * Installs missing Debian packages for builds and tests, and unpacks packages of
 * PyPI into the cache. Without root one error names all missing packages. Nothing
 * is removed or upgraded.
 */
import { cacheDirectory, makeOnce } from "./cache.ts";
import { step } from "./progress.ts";
import { run, tryRun } from "./run.ts";

/** Packages for building the shim, the enforcer with its BPF objects, and the binary. */
export const BUILD_PACKAGES = [
  "bpftool",
  "clang-19",
  "gcc",
  "libbpf-dev",
  "libc6-dev",
  "libelf-dev",
  "libgcc-s1",
  "libzstd-dev",
  "llvm-19",
  "zlib1g-dev",
] as const;

/** The packages that are not installed; none when this machine has no dpkg. */
async function missingPackages(
  packages: readonly string[],
): Promise<string[]> {
  const format = "${Package} ${db:Status-Status}\n";
  const query = await tryRun("dpkg-query", ["-W", "-f", format, ...packages])
    .catch(() => undefined);
  if (query === undefined) return [];
  const installed = new Set(
    query.stdout.split("\n")
      .filter((line) => line.endsWith(" installed"))
      .map((line) => line.split(" ")[0]),
  );
  return packages.filter((name) => !installed.has(name));
}

/**
 * Makes sure that all are installed.
 *
 * @throws {Error} when some are missing and this is not root, or apt fails.
 */
export async function ensurePackages(
  packages: readonly string[],
): Promise<void> {
  const missing = await missingPackages(packages);
  if (missing.length === 0) return;
  const command = `apt-get install ${missing.join(" ")}`;
  if (Deno.uid() !== 0) {
    throw new Error(
      `Missing packages: ${missing.join(", ")}. As root: ${command}`,
    );
  }
  await step(`installing ${missing.join(", ")}`, () => install(missing));
}

async function install(packages: readonly string[]): Promise<void> {
  await apt(["install", "-y", "-q", "--no-install-recommends", ...packages]);
}

/** Runs apt-get without questions, after an update if it fails. @throws {Error} with its messages */
export async function apt(
  args: readonly string[],
  options: { readonly cwd?: string } = {},
): Promise<void> {
  // Waits for another apt that holds the lock.
  const all = ["-o", "DPkg::Lock::Timeout=300", ...args];
  const settings = { ...options, env: { DEBIAN_FRONTEND: "noninteractive" } };
  if ((await tryRun("apt-get", all, settings)).code === 0) return;
  // The package lists may be missing or old.
  await tryRun("apt-get", ["update", "-q"]);
  await run("apt-get", all, settings);
}

/** Unpacks a package of PyPI, without its dependencies. @returns a folder of the cache */
export async function unpackWheel(
  name: string,
  version: string,
): Promise<string> {
  const folder = `${await cacheDirectory("wheels")}/${name}-${version}`;
  await makeOnce(folder, `fetching ${name} ${version}`, async (building) => {
    const venv = await Deno.makeTempDir({ prefix: "cloudtaser-venv-" });
    try {
      const python = "import ensurepip, venv";
      const { code } = await tryRun("python3", ["-c", python])
        .catch(() => ({ code: 127 }));
      if (code !== 0) await ensurePackages(["python3-venv"]);
      await run("python3", ["-m", "venv", venv]);
      const quiet = ["--quiet", "--disable-pip-version-check"];
      const target = ["--no-deps", `--target=${building}`];
      const pip = ["-m", "pip", "install", ...quiet, ...target];
      await run(`${venv}/bin/python`, [...pip, `${name}==${version}`]);
    } finally {
      await Deno.remove(venv, { recursive: true });
    }
  });
  return folder;
}
