/**
 * Boots a machine, runs commands as root and prints their output.
 *
 *     deno run -A tools/vm/try.ts debian-6.12 [--file=/in/it=here] \
 *       [--boot='lsm=lockdown,yama'] [--arch=aarch64] [--wrapper] \
 *       'uname -a' 'cat /proc/cmdline'
 *
 * `--wrapper` puts dist/cloudtaser-wrapper into /bin, or that of the other
 * processor.
 */
import { parseArgs } from "node:util";
import { type Arch, HOST, parseArch } from "../build/target.ts";
import { binaryOf } from "../compile.ts";
import { exists } from "../cache.ts";
import { ensurePackages } from "../packages.ts";
import { runMain, say, step } from "../progress.ts";
import { getKernel, type KernelName } from "./kernels.ts";
import { Machine } from "./machine.ts";
import { vmPackages } from "./qemu.ts";
import { makeRootImage } from "./root.ts";

const USAGE =
  "deno run -A tools/vm/try.ts KERNEL [--arch=x86_64|aarch64] [--wrapper] [--file=/IN/IT=HERE] [--boot=PARAMETER] COMMAND…";

async function main(args: string[]): Promise<number> {
  const { values, positionals: [name = "", ...commands] } = parseArgs({
    args,
    allowPositionals: true,
    options: {
      file: { type: "string", multiple: true, default: [] },
      boot: { type: "string", multiple: true, default: [] },
      arch: { type: "string", default: HOST },
      wrapper: { type: "boolean" },
    },
  });
  const arch = parseArch(values.arch);
  const wrapper = values.wrapper && await findWrapper(arch);
  await ensurePackages(vmPackages(arch));
  const kernel = await getKernel(name as KernelName, arch);
  const files = Object.fromEntries(values.file.map((pair) => pair.split("=")));
  if (wrapper) files["/bin/cloudtaser-wrapper"] = wrapper;
  const parameters = values.boot;
  const root = await Deno.makeTempFile({ suffix: ".cpio" });
  try {
    await makeRootImage(root, { kernel, files });
    await using machine = await step(
      "booting",
      () => Machine.start({ kernel, root, parameters }),
    );
    let last = 0;
    for (const command of commands) {
      const { code, output } = await step(command, () => machine.run(command));
      say(output);
      last = code;
    }
    return last;
  } finally {
    await Deno.remove(root);
  }
}

async function findWrapper(arch: Arch): Promise<string> {
  const path = binaryOf(arch);
  if (await exists(path)) return path;
  const command = `deno task compile --arch=${arch}`;
  throw new Error(`${path} does not exist: run "${command}" first`);
}

if (import.meta.main) await runMain("try", () => main(Deno.args), USAGE);
