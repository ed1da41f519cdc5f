/**
 * Installs missing Debian packages for builds and tests. Without root one error
 * names all missing packages. Nothing is removed or upgraded.
 */
import { step } from "./progress.ts";
import { run, tryRun, words } from "./run.ts";

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

/** Whatever this machine's settings are: nothing without a signature. Sources: {@linkcode requireSigned}. */
const SIGNED = [
  "APT::Get::AllowUnauthenticated=false",
  "Acquire::AllowInsecureRepositories=false",
  "Acquire::AllowWeakRepositories=false",
  "Acquire::AllowDowngradeToInsecureRepositories=false",
].flatMap((setting) => ["-o", setting]);

/** apt verifies nothing of a source with trusted=yes, and has no option against it. */
const FIND_TRUSTED = `
  eval "$(apt-config shell LIST Dir::Etc::sourcelist/f PARTS Dir::Etc::sourceparts/d)"
  exec grep -rlisE \
    '^[^#]*\\btrusted *[=:] *(yes|true|with|on|enable|[1-9])' "$LIST" "$PARTS"`;

/** @throws {Error} when a source of this machine needs no signature */
async function requireSigned(): Promise<void> {
  const { stdout } = await tryRun("sh", ["-c", FIND_TRUSTED]);
  const files = stdout.trim().replaceAll("\n", ", ");
  if (files === "") return;
  throw new Error(
    `${files}: apt takes packages without a signature from a source there; ` +
      'replace "trusted=yes" by "signed-by=KEYRING"',
  );
}

/** Runs apt-get without questions, after an update if it fails. @throws {Error} with its messages */
export async function apt(
  args: readonly string[],
  options: { readonly cwd?: string } = {},
): Promise<void> {
  await requireSigned();
  // Waits for another apt that holds the lock.
  const all = ["-o", "DPkg::Lock::Timeout=300", ...SIGNED, ...args];
  const settings = { ...options, env: { DEBIAN_FRONTEND: "noninteractive" } };
  if ((await tryRun("apt-get", all, settings)).code === 0) return;
  // The package lists may be missing or old.
  const { code, stderr } = await tryRun("apt-get", [...SIGNED, "update", "-q"]);
  await run("apt-get", all, settings).catch((error: Error) => {
    throw code === 0 ? error : new Error(`${error.message}\n${stderr}`.trim());
  });
}
