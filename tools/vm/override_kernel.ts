/**
 * Builds the kernel `override`: Debian's 6.12 sources with kernel.config, which
 * enables CONFIG_BPF_KPROBE_OVERRIDE and leaves attack surface open. It takes
 * about ten minutes, once. A copy in ../shared/vm is used instead.
 */
import { cacheDirectory, makeOnce, sha256 } from "../cache.ts";
import { ensurePackages } from "../packages.ts";
import { run, words } from "../run.ts";
import { listPackages, unpackPackage } from "./archive.ts";

const CONFIG = new URL("kernel.config", import.meta.url);
const SHARED = new URL("../../../shared/vm/", import.meta.url);
const ARCHIVE = { url: "http://deb.debian.org/debian", suite: "trixie" };
const SOURCE = "linux-source-6.12";
const BUILD_PACKAGES = words(`
  bc bison dwarves flex gcc libelf-dev make xz-utils
`);

/** Path of its bzImage. */
export async function overrideKernel(): Promise<string> {
  const config = await Deno.readTextFile(CONFIG);
  const made = await Deno.readTextFile(new URL("kernel.config", SHARED))
    .catch(() => "");
  if (made === config) return new URL("bzImage", SHARED).pathname;
  const cache = await cacheDirectory("kernels");
  const folder = `${cache}/override-${(await sha256(config)).slice(0, 16)}`;
  const title = "building the override kernel (about 10 minutes)";
  await makeOnce(folder, title, async (building) => {
    await ensurePackages(BUILD_PACKAGES);
    const tree = `${building}/tree`;
    await Deno.mkdir(tree);
    await build(tree);
    const image = `${tree}/${SOURCE}/arch/x86/boot/bzImage`;
    await Deno.rename(image, `${building}/bzImage`);
    await Deno.remove(tree, { recursive: true });
  });
  return `${folder}/bzImage`;
}

/** Unpacks the sources, configures them (tinyconfig plus kernel.config) and builds them. */
async function build(folder: string): Promise<void> {
  const [source] = await listPackages(ARCHIVE, new RegExp(`^${SOURCE}$`));
  if (!source) throw new Error(`${ARCHIVE.suite} has no ${SOURCE}`);
  const wanted = /\/linux-source-[^/]*\.tar\.xz$/;
  await unpackPackage(ARCHIVE, source, folder, wanted);
  const tree = `${folder}/${SOURCE}`;
  const archive = `${folder}/usr/src/${SOURCE}.tar.xz`;
  await run("tar", ["-xJf", archive, "-C", folder]);
  await run("make", ["-C", tree, "tinyconfig"]);
  const merge = ["-m", ".config", CONFIG.pathname];
  await run("scripts/kconfig/merge_config.sh", merge, { cwd: tree });
  await run("make", ["-C", tree, "olddefconfig"]);
  const jobs = `-j${navigator.hardwareConcurrency}`;
  await run("nice", ["make", "-C", tree, jobs, "bzImage"]);
}
