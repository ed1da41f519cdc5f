/** The emulators, and what their boards call the two serial ports of a machine. */
import { type Arch, HOST } from "../build/target.ts";
import { words } from "../run.ts";
import type { Kernel } from "./kernels.ts";

/** Kernel, root and size of a machine. */
export interface MachineOptions {
  readonly kernel: Kernel;
  /** Path of the initramfs (root.ts). */
  readonly root: string;
  /** More boot parameters, `lsm=lockdown,yama` for example. */
  readonly parameters?: readonly string[];
  /** MiB; 2048 by default. */
  readonly memory?: number;
  /** The clock counts instructions, a nanosecond each. For measurements. */
  readonly isCounting?: boolean;
}

interface Emulator {
  readonly command: string;
  /** The Debian package that has it. */
  readonly package: string;
  readonly board: string;
  /** The kernel's messages. */
  readonly console: string;
  /** Commands from the host and their answers. */
  readonly commands: string;
}

const EMULATORS: Readonly<Record<Arch, Emulator>> = {
  x86_64: {
    command: "qemu-system-x86_64",
    package: "qemu-system-x86",
    board: "-cpu max -serial chardev:console -serial chardev:commands",
    console: "ttyS0",
    commands: "ttyS1",
  },
  aarch64: {
    command: "qemu-system-aarch64",
    package: "qemu-system-arm",
    // The architecture's own algorithm for signed pointers is slow in software.
    // The board has one serial port; the second is a PCI card.
    board: `-M virt -cpu max,pauth-impdef=on
      -serial chardev:console -device pci-serial,chardev=commands`,
    console: "ttyAMA0",
    commands: "ttyS0",
  },
};

/** Debian packages that virtual machines, their kernels and their roots need. */
export function vmPackages(arch: Arch = HOST): string[] {
  return [...words("busybox-static cpio xz-utils"), EMULATORS[arch].package];
}

/**
 * One processor. With two, each emulated by a thread, a kernel that patches its
 * code (jump labels, which perf events switch) may execute the old code, and
 * crashes on its own breakpoint.
 */
const FAST = words("-accel tcg -smp 1");
const COUNTING = words(
  "-accel tcg,thread=single -smp 1 -icount shift=0,sleep=off",
);

/**
 * The command line of a machine: kernel messages on stderr, commands on stdin,
 * answers on stdout. init.sh has `commands` in its environment, as the kernel
 * leaves a parameter there that it does not know.
 */
export function qemuCommand(
  options: MachineOptions,
): [command: string, args: string[]] {
  const { kernel, root, parameters = [], memory = 2048 } = options;
  const { command, board, console, commands } = EMULATORS[kernel.arch];
  const append = `console=${console} commands=${commands} quiet panic=-1`;
  return [command, [
    ...(options.isCounting ? COUNTING : FAST),
    ...words(`-m ${memory} -display none -no-reboot -nodefaults`),
    ...["-kernel", kernel.image, "-initrd", root],
    ...["-append", [append, ...parameters].join(" ")],
    ...words(`
      -chardev file,id=console,path=/dev/stderr
      -chardev stdio,id=commands,signal=off
      ${board}
      -netdev user,id=net -device virtio-net-pci,netdev=net,romfile=
    `),
  ]];
}
