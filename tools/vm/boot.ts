/** Boots a machine with files in it. */
import { type Arch, HOST } from "../build/target.ts";
import { TemporaryFolder } from "../temporary_folder.ts";
import { getKernel, type KernelName } from "./kernels.ts";
import { Machine } from "./machine.ts";
import type { MachineOptions } from "./qemu.ts";
import { makeRootImage, type RootFiles } from "./root.ts";

/** What boots. */
export interface BootOptions
  extends Omit<RootFiles, "kernel">, Omit<MachineOptions, "kernel" | "root"> {
  readonly kernel: KernelName;
  /** This machine's by default. */
  readonly arch?: Arch;
}

/** @throws {Error} with the console when the machine does not come up */
export async function bootMachine(
  { kernel: name, arch = HOST, files, tree, ...rest }: BootOptions,
): Promise<Machine> {
  // QEMU has read the image when the machine is up.
  await using folder = await TemporaryFolder.make("machine");
  const root = `${folder.path}/root.cpio`;
  const kernel = await getKernel(name, arch);
  await makeRootImage(root, { kernel, files, ...tree && { tree } });
  return await Machine.start({ ...rest, kernel, root });
}
