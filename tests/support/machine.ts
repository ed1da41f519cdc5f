/**
 * What the tests ask of the machine they run on: a directory that outlives
 * the tree, and Debian packages.
 */

/** The cache outside the tree, made when it is missing. */
export function cacheDirectory(): string {
  const home = Deno.env.get("HOME") ?? "/root";
  const base = Deno.env.get("XDG_CACHE_HOME") ?? `${home}/.cache`;
  const directory = `${base}/cloudtaser-wrapper`;
  Deno.mkdirSync(directory, { recursive: true });
  return directory;
}

/** Installs what is missing, as root; else throws and names all of it. */
export async function ensurePackages(
  names: readonly string[],
): Promise<void> {
  const missing: string[] = [];
  for (const name of names) {
    if (!(await isInstalled(name))) missing.push(name);
  }
  if (missing.length === 0) return;
  if (Deno.uid() !== 0) {
    throw new Error(`Missing packages: apt-get install ${missing.join(" ")}`);
  }
  const env = { DEBIAN_FRONTEND: "noninteractive" };
  await run("apt-get", ["-qq", "update"], env);
  await run("apt-get", ["-qq", "-y", "install", ...missing], env);
}

async function isInstalled(name: string): Promise<boolean> {
  const { stdout } = await new Deno.Command("dpkg-query", {
    args: ["-W", "-f", "${Status}", name],
    stderr: "null",
  }).output();
  return new TextDecoder().decode(stdout).includes("ok installed");
}

async function run(
  command: string,
  args: string[],
  env: Record<string, string>,
): Promise<void> {
  const { success } = await new Deno.Command(command, {
    args,
    env,
    stdin: "null",
    stdout: "null",
    stderr: "inherit",
  }).output();
  if (!success) throw new Error(`${command} ${args.join(" ")} failed`);
}
