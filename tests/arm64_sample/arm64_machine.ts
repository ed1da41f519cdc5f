/**
 * An emulated arm64 machine with the arm64 binary, the application of the system
 * tests, and a real OpenBao outside.
 */
import { COMMON, make } from "../../tools/build/c.ts";
import { compile } from "../../tools/compile.ts";
import { TemporaryFolder } from "../../tools/temporary_folder.ts";
import { bootMachine } from "../../tools/vm/boot.ts";
import type { KernelName } from "../../tools/vm/kernels.ts";
import type { CommandResult, Machine } from "../../tools/vm/machine.ts";
import { GuestVault } from "../enforcement/guest_vault.ts";

const ARCH = "aarch64";

/** A booted machine; `await using`. */
export class Arm64Machine implements AsyncDisposable {
  readonly #stack: AsyncDisposableStack;
  readonly #machine: Machine;

  private constructor(
    stack: AsyncDisposableStack,
    machine: Machine,
    readonly vault: GuestVault,
  ) {
    this.#stack = stack;
    this.#machine = machine;
  }

  static async boot(name: KernelName): Promise<Arm64Machine> {
    await using stack = new AsyncDisposableStack();
    const folder = stack.use(await TemporaryFolder.make("arm64"));
    const vault = stack.use(await GuestVault.start());
    const files = {
      "/bin/cloudtaser-wrapper": (await compile({ arch: ARCH })).path,
      "/bin/app": await compileApplication(folder.path),
      "/etc/ca.pem": vault.caFile,
    };
    const options = { kernel: name, arch: ARCH, files } as const;
    const machine = stack.use(await bootMachine(options));
    return new Arm64Machine(stack.move(), machine, vault);
  }

  /** Runs a shell command; stdout and stderr are one text. */
  run(command: string): Promise<CommandResult> {
    return this.#machine.run(command);
  }

  /** Environment of a wrapper that gives its application the secret as DB_PASSWORD. */
  get vaultEnvironment(): string {
    const { address, token, path } = this.vault;
    return [
      `VAULT_ADDR=${address} VAULT_CACERT=/etc/ca.pem VAULT_TOKEN=${token}`,
      `DB_PASSWORD=vault:${path}#password`,
    ].join(" ");
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#stack.disposeAsync();
  }
}

async function compileApplication(folder: string): Promise<string> {
  const path = `${folder}/app`;
  const source = "tests/support/app.c";
  await make(path, [...COMMON, "-O1", "-static", source], ARCH);
  return path;
}
