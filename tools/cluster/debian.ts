/**
 * Debian packages of the cluster. etcd, containerd and the CNI plugins are
 * unpacked into the cache and not installed, so that no service starts. Missing
 * tools without a service are installed.
 */
import { cacheDirectory, sha256 } from "../cache.ts";
import { ensurePackages } from "../packages.ts";
import { makeRoot } from "../roots.ts";
import { run } from "./run.ts";

const INSTALLED = [
  "gcc",
  "iproute2",
  "libc6-dev",
  "runc",
  "socat",
  "tar",
  "util-linux",
] as const;

const UNPACKED = [
  "containerd",
  "containernetworking-plugins",
  "etcd-server",
] as const;

/** Folder with what the node needs, unpacked. @throws {Error} when something is missing */
export async function ensureDebian(): Promise<string> {
  await ensurePackages(INSTALLED);
  return await unpackDebian(UNPACKED);
}

/** Folder with Prometheus, /usr/bin/prometheus; it needs libc6. */
export function unpackPrometheus(): Promise<string> {
  return unpackDebian(["prometheus"]);
}

/** Path of promtool, which checks and tests alert rules. */
export async function ensurePromtool(): Promise<string> {
  return `${await unpackPrometheus()}/usr/bin/promtool`;
}

async function unpackDebian(packages: readonly string[]): Promise<string> {
  const folder = await folderOf(packages);
  if (await Deno.stat(folder).then(() => true, () => false)) return folder;
  await using root = await makeRoot("empty", { packages });
  const partial = `${folder}.${Deno.pid}.tmp`;
  await run("cp", ["-a", root.path, partial]);
  try {
    await Deno.rename(partial, folder);
  } catch {
    // Another process was faster.
    await Deno.remove(partial, { recursive: true });
  }
  return folder;
}

async function folderOf(packages: readonly string[]): Promise<string> {
  const release = await Deno.readTextFile("/etc/debian_version");
  const key = await sha256([release, ...packages].join("\n"));
  return `${await cacheDirectory("cluster")}/debian-${key.slice(0, 16)}`;
}

/** The pause program, compiled; a folder that is an image's root. */
export async function buildPause(): Promise<string> {
  const source = new URL("pause.c", import.meta.url).pathname;
  const key = await sha256(await Deno.readTextFile(source));
  const cache = await cacheDirectory("cluster");
  const folder = `${cache}/pause-${key.slice(0, 16)}`;
  if (await Deno.stat(`${folder}/pause`).then(() => true, () => false)) {
    return folder;
  }
  await Deno.mkdir(folder, { recursive: true });
  const partial = `${cache}/pause.${Deno.pid}.tmp`;
  await run("gcc", ["-O2", "-static", "-s", "-Wall", "-o", partial, source]);
  await Deno.rename(partial, `${folder}/pause`);
  return folder;
}
