/** Kernels for arm64 under emulation, each with a cross-built program. */
import { equal } from "node:assert/strict";
import { COMMON, make } from "../../tools/build/c.ts";
import { TemporaryFolder } from "../../tools/temporary_folder.ts";
import { bootMachine } from "../../tools/vm/boot.ts";
import type { KernelName } from "../../tools/vm/kernels.ts";

const ARCH = "aarch64";
/** Functions whose result can be overridden. */
const LIST = "/sys/kernel/debug/error_injection/list";

interface Expected {
  readonly pageSize: number;
  readonly lsm: string;
  /** Whether BPF programs may override the result of system calls. */
  readonly canOverride: boolean;
}

const KERNELS: Readonly<Partial<Record<KernelName, Expected>>> = {
  "debian-6.12": {
    pageSize: 4096,
    lsm: "lockdown,capability,landlock,yama,apparmor,tomoyo,bpf,ipe,ima,evm",
    canOverride: false,
  },
  "override-64k": {
    pageSize: 65536,
    lsm: "capability,lockdown,landlock,yama,bpf",
    canOverride: true,
  },
};

for (const [name, expected] of Object.entries(KERNELS)) {
  Deno.test(`${name} boots on arm64, with BPF LSM, BTF and memfd_secret`, async () => {
    await using folder = await TemporaryFolder.make("arm64");
    const files = { "/bin/secret_memory": await compile(folder.path) };
    const kernel = name as KernelName;
    await using machine = await bootMachine({ kernel, arch: ARCH, files });
    const run = async (command: string) =>
      (await machine.run(command)).output.trim();
    equal(await run("uname -m"), ARCH);
    equal(await run("cat /sys/kernel/security/lsm"), expected.lsm);
    equal(await run("od -An -tx2 -N2 /sys/kernel/btf/vmlinux"), "eb9f");
    const { code } = await machine.run(`grep -q ^__arm64_sys_ptrace ${LIST}`);
    equal(code === 0, expected.canOverride);
    equal(
      await run("secret_memory"),
      `page=${expected.pageSize} memory=secret other=7 stolen=-1`,
    );
  });
}

/** Linked dynamically: the root has the libraries too. */
async function compile(folder: string): Promise<string> {
  const path = `${folder}/secret_memory`;
  const source = "tests/arm64/secret_memory.c";
  await make(path, [...COMMON, "-O1", source], ARCH);
  return path;
}
