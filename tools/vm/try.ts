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
import { bootMachine } from "./boot.ts";
import type { KernelName } from "./kernels.ts";
import { vmPackages } from "./qemu.ts";

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
  const files = Object.fromEntries(values.file.map(splitPair));
  if (wrapper) files["/bin/cloudtaser-wrapper"] = wrapper;
  const kernel = name as KernelName;
  await using machine = await step(
    "booting",
    () => bootMachine({ kernel, arch, files, parameters: values.boot }),
  );
  let last = 0;
  for (const command of commands) {
    const { code, output } = await step(command, () => machine.run(command));
    say(output);
    last = code;
  }
  return last;
}

function splitPair(pair: string): [string, string] {
  const [to = "", from = ""] = pair.split("=");
  if (from === "") throw new Error(`--file=${pair} needs /IN/IT=HERE`);
  return [to, from];
}

async function findWrapper(arch: Arch): Promise<string> {
  const path = binaryOf(arch);
  if (await exists(path)) return path;
  const command = `deno task compile --arch=${arch}`;
  throw new Error(`${path} does not exist: run "${command}" first`);
}

if (import.meta.main) await runMain("try", () => main(Deno.args), USAGE);
