/** A machine for arm64 with the binary and attackers. */
import { equal } from "node:assert/strict";
import { findLlvm } from "../../tools/build/enforcer.ts";
import { COMMON, make, runTool } from "../../tools/build/c.ts";
import { compile } from "../../tools/compile.ts";
import { TemporaryFolder } from "../../tools/temporary_folder.ts";
import { bootMachine } from "../../tools/vm/boot.ts";
import type { KernelName } from "../../tools/vm/kernels.ts";
import type { CommandResult, Machine } from "../../tools/vm/machine.ts";
import { words } from "../../tools/run.ts";

const ARCH = "aarch64" as const;
const SOCKET = "/run/cloudtaser/agent.sock";

/** A booted machine; `await using`. */
export class AgentMachine implements AsyncDisposable {
  private constructor(readonly machine: Machine) {}

  /** @param parameters further ones of the kernel */
  static async boot(
    name: KernelName,
    parameters: readonly string[] = [],
  ): Promise<AgentMachine> {
    await using folder = await TemporaryFolder.make("arm64");
    const files = {
      "/bin/cloudtaser-wrapper": (await compile({ arch: ARCH })).path,
      "/bin/call32": await buildCall32(folder.path),
      "/bin/changed_argument": await buildAttacker(
        folder.path,
        "changed_argument",
      ),
      "/bin/tagged_path": await buildAttacker(folder.path, "tagged_path"),
    };
    const options = { kernel: name, arch: ARCH, files, parameters };
    return new AgentMachine(await bootMachine({ ...options, memory: 1024 }));
  }

  run(command: string): Promise<CommandResult> {
    return this.machine.run(command);
  }

  /** The table of `agent --check`: the rest of a row by its first word, and the exit status. */
  async check(options = ""): Promise<Check> {
    const { code, output } = await this.run(
      `cloudtaser-wrapper agent --check ${options}`,
    );
    return { code, output, row: (name) => findRow(output, name) };
  }

  /** Runs an agent during `use`, which gets the enforcer's process. */
  async withAgent(
    options: string,
    use: (enforcer: number) => Promise<void>,
  ): Promise<void> {
    const start = `cloudtaser-wrapper agent ${options} >/tmp/agent.log 2>&1 &
      echo $! >/tmp/agent.pid
      for i in $(seq 60); do [ -S ${SOCKET} ] && break; sleep 1; done
      sleep 1; pidof ct-enforcer || cat /tmp/agent.log`;
    const { output } = await this.run(start);
    const enforcer = Number(output);
    if (!enforcer) throw new Error(`No enforcer: ${output}`);
    await use(enforcer);
    const stop = `kill $(cat /tmp/agent.pid); wait
      for i in $(seq 30); do [ -d /proc/${enforcer} ] || break; sleep 1; done
      cloudtaser-wrapper agent --remove`;
    equal((await this.run(stop)).code, 0);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.machine[Symbol.asyncDispose]();
  }
}

/** What `agent --check` printed. */
export interface Check extends CommandResult {
  /** What follows the first words of a row, with single blanks. @throws {Error} when there is none */
  row(name: string): string;
}

function findRow(output: string, name: string): string {
  const line = output.split("\n").find((line) => line.startsWith(`${name}  `));
  if (!line) throw new Error(`No row "${name}" in:\n${output}`);
  return line.slice(name.length).trim().replaceAll(/ {2,}/g, " ");
}

/** No cross compiler for 32-bit ARM is needed: clang has all targets, and this linker too. */
async function buildCall32(folder: string): Promise<string> {
  const object = `${folder}/call32.o`;
  const target = words("--target=armv7a-linux-gnueabi -marm -ffreestanding");
  const warnings = words("-Wall -Wextra -Werror -fno-builtin -O1");
  const source = "tests/arm64/call32.c";
  const clang = `clang${await findLlvm()}`;
  const output = ["-c", "-o", object, source];
  await runTool(clang, [...target, ...warnings, ...output]);
  const path = `${folder}/call32`;
  // Pages have up to 64 KiB.
  const layout = words("-m armelf_linux_eabi -z max-page-size=65536");
  await runTool("aarch64-linux-gnu-ld", [...layout, "-o", path, object]);
  return path;
}

async function buildAttacker(folder: string, name: string): Promise<string> {
  const path = `${folder}/${name}`;
  await make(path, [...COMMON, "-O1", `tests/arm64/${name}.c`], ARCH);
  return path;
}
