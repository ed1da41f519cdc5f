/**
 * Debian packages of the cluster. etcd and the CNI plugins are unpacked
 * into the cache and not installed, so that no service starts. Missing tools
 * without a service are installed.
 */
import { cacheDirectory, makeOnce, sha256 } from "../cache.ts";
import { ensurePackages } from "../packages.ts";
import { unpackPackages } from "../roots.ts";
import { run, words } from "../run.ts";

const INSTALLED = words("gcc iproute2 libc6-dev runc socat tar util-linux");
const UNPACKED = words("containernetworking-plugins etcd-server");

/** Folder with what the node needs, unpacked. @throws {Error} when something is missing */
export async function ensureDebian(): Promise<string> {
  await ensurePackages(INSTALLED);
  return await unpackPackages(UNPACKED);
}

/** Folder with Prometheus, /usr/bin/prometheus; it needs libc6. */
export function unpackPrometheus(): Promise<string> {
  return unpackPackages(["prometheus"]);
}

/** Path of promtool, which checks and tests alert rules. */
export async function ensurePromtool(): Promise<string> {
  return `${await unpackPrometheus()}/usr/bin/promtool`;
}

/** Compiles the pause program. @returns the root folder of its image */
export async function buildPause(): Promise<string> {
  const source = new URL("pause.c", import.meta.url).pathname;
  const key = await sha256(await Deno.readTextFile(source));
  const folder = `${await cacheDirectory("cluster")}/pause-${key.slice(0, 16)}`;
  await makeOnce(folder, "compiling pause", async (building) => {
    const flags = ["-O2", "-static", "-s", "-Wall"];
    await run("gcc", [...flags, "-o", `${building}/pause`, source]);
  });
  return folder;
}
