/**
 * Boots a machine, runs commands as root and prints their output.
 *
 *     deno run -A tools/vm/try.ts debian-6.12 [--file=/in/it=here] \
 *       [--boot='lsm=lockdown,yama'] [--wrapper] 'uname -a' 'cat /proc/cmdline'
 *
 * `--wrapper` puts dist/cloudtaser-wrapper into /bin.
 */
import { parseArgs } from "node:util";
import { ensurePackages } from "../packages.ts";
import { runMain, say, step } from "../progress.ts";
import { getKernel, type KernelName } from "./kernels.ts";
import { Machine, VM_PACKAGES } from "./machine.ts";
import { makeRootImage } from "./root.ts";

const WRAPPER = new URL("../../dist/cloudtaser-wrapper", import.meta.url);

async function main(args: string[]): Promise<number> {
  const { values, positionals: [name = "", ...commands] } = parseArgs({
    args,
    allowPositionals: true,
    options: {
      file: { type: "string", multiple: true, default: [] },
      boot: { type: "string", multiple: true, default: [] },
      wrapper: { type: "boolean" },
    },
  });
  await ensurePackages(VM_PACKAGES);
  const kernel = await getKernel(name as KernelName);
  const files = Object.fromEntries(values.file.map((pair) => pair.split("=")));
  if (values.wrapper) files["/bin/cloudtaser-wrapper"] = WRAPPER.pathname;
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

if (import.meta.main) await runMain("try", () => main(Deno.args));
