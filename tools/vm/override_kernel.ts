/**
 * Builds the kernel `override`: Debian's 6.12 sources with kernel.config, which
 * enables CONFIG_BPF_KPROBE_OVERRIDE and leaves attack surface open. For arm64
 * kernel.aarch64.config adds pages of 64 KiB and what the board has:
 * `override-64k`. A build takes about ten minutes, once.
 */
import { basename } from "node:path";
import { type Arch, HOST, targetOf } from "../build/target.ts";
import { cacheDirectory, makeOnce, sha256 } from "../cache.ts";
import { ensurePackages } from "../packages.ts";
import { run, words } from "../run.ts";
import { debian, listPackages, unpackPackage } from "./archive.ts";

const CONFIG = new URL("kernel.config", import.meta.url).pathname;
const ARCHIVE = debian("trixie");
const SOURCE = "linux-source-6.12";
const BUILD_PACKAGES = words(`
  bc bison dwarves flex gcc libelf-dev make xz-utils
`);

/** How the kernel of a processor is built. */
interface Recipe {
  /** What make calls the processor. */
  readonly makeArch: string;
  /** Path of the image in the sources. */
  readonly image: string;
  /** Files with options, later ones win; unknown options are ignored. */
  readonly configs: readonly string[];
}

const RECIPES: Readonly<Record<Arch, Recipe>> = {
  x86_64: {
    makeArch: "x86_64",
    image: "arch/x86/boot/bzImage",
    configs: [CONFIG],
  },
  aarch64: {
    makeArch: "arm64",
    image: "arch/arm64/boot/Image",
    configs: [
      CONFIG,
      new URL("kernel.aarch64.config", import.meta.url).pathname,
    ],
  },
};

/** Path of its image. */
export async function overrideKernel(arch: Arch): Promise<string> {
  const recipe = RECIPES[arch];
  const texts = await Promise.all(
    recipe.configs.map((path) => Deno.readTextFile(path)),
  );
  const config = texts.join("");
  const cache = await cacheDirectory("kernels");
  const folder = `${cache}/override-${(await sha256(config)).slice(0, 16)}`;
  const title = `building the override kernel for ${arch} (about 10 minutes)`;
  await makeOnce(folder, title, async (building) => {
    const compiler = arch === HOST ? [] : [targetOf(arch).crossPackage];
    await ensurePackages([...BUILD_PACKAGES, ...compiler]);
    const tree = `${building}/tree`;
    await Deno.mkdir(tree);
    await build(tree, arch, recipe);
    const image = `${tree}/${SOURCE}/${recipe.image}`;
    await Deno.rename(image, `${building}/${basename(image)}`);
    await Deno.remove(tree, { recursive: true });
  });
  return `${folder}/${basename(recipe.image)}`;
}

/** Unpacks the sources, configures them (tinyconfig plus the recipe's files) and builds them. */
async function build(
  folder: string,
  arch: Arch,
  { makeArch, image, configs }: Recipe,
): Promise<void> {
  const [source] = await listPackages(ARCHIVE, new RegExp(`^${SOURCE}$`));
  if (!source) throw new Error(`${ARCHIVE.suite} has no ${SOURCE}`);
  const wanted = /\/linux-source-[^/]*\.tar\.xz$/;
  await unpackPackage(ARCHIVE, source, folder, wanted);
  const tree = `${folder}/${SOURCE}`;
  const archive = `${folder}/usr/src/${SOURCE}.tar.xz`;
  await run("tar", ["-xJf", archive, "-C", folder]);
  const make = ["make", "-C", tree, `ARCH=${makeArch}`];
  if (arch !== HOST) make.push(`CROSS_COMPILE=${targetOf(arch).triplet}-`);
  await run("nice", [...make, "tinyconfig"]);
  const merge = ["-m", ".config", ...configs];
  await run("scripts/kconfig/merge_config.sh", merge, { cwd: tree });
  await run("nice", [...make, "olddefconfig"]);
  const jobs = `-j${navigator.hardwareConcurrency}`;
  await run("nice", [...make, jobs, basename(image)]);
}
