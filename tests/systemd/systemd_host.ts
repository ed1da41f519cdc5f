/**
 * A machine whose first process is systemd, with the compiled binary, an
 * application, and a real OpenBao outside.
 */
import { bootMachine } from "../../tools/vm/boot.ts";
import type { Machine } from "../../tools/vm/machine.ts";
import { getSystemd } from "../../tools/vm/systemd.ts";
import { GuestVault } from "../enforcement/guest_vault.ts";
import { waitFor } from "../enforcement/guest_words.ts";
import { compileProgram } from "../support/programs.ts";
import { WRAPPER } from "../support/wrapper.ts";

const BIN = "/usr/local/bin";
const APP = new URL("app.sh", import.meta.url).pathname;

/** A record of the journal. */
export interface JournalRecord {
  readonly MESSAGE: string;
  readonly PRIORITY: string;
}

/** A booted machine; `await using`. */
export class SystemdHost implements AsyncDisposable {
  readonly #machine: Machine;

  private constructor(machine: Machine, readonly vault: GuestVault) {
    this.#machine = machine;
  }

  static async boot(): Promise<SystemdHost> {
    const vault = await GuestVault.start();
    try {
      const files = {
        [`${BIN}/cloudtaser-wrapper`]: WRAPPER,
        [`${BIN}/app`]: APP,
        [`${BIN}/app-signals`]: compileProgram("app"),
        "/etc/ca.pem": vault.caFile,
      };
      const machine = await bootMachine({
        kernel: "debian-6.12",
        files,
        tree: await getSystemd(),
        memory: 1024,
      });
      const host = new SystemdHost(machine, vault);
      await host.await("systemctl is-active -q multi-user.target");
      return host;
    } catch (error) {
      await vault[Symbol.asyncDispose]();
      throw error;
    }
  }

  /** Runs a shell command as root. @throws Error with the journal when it fails */
  async do(command: string): Promise<string> {
    const { code, output } = await this.try(command);
    if (code === 0) return output.trimEnd();
    const journal = (await this.try("journalctl -n 40 -o cat")).output;
    throw new Error(`${command}: exit ${code}\n${output}\n${journal}`);
  }

  /** Runs a shell command as root. */
  async try(command: string): Promise<{ code: number; output: string }> {
    return await this.#machine.run(command);
  }

  /** Writes a file, and its folder. */
  async write(path: string, text: string): Promise<void> {
    const content = new TextEncoder().encode(text).toBase64();
    await this.do(`mkdir -p "$(dirname ${path})"
      echo ${content} | base64 -d >${path}`);
  }

  /** Waits until a condition of the shell holds. @throws Error after 20 s */
  async await(condition: string): Promise<void> {
    await this.do(`${waitFor(condition)} 2>/dev/null\n${condition}`);
  }

  /** Properties of a unit. */
  async show(unit: string): Promise<Record<string, string>> {
    const lines = (await this.do(`systemctl show ${unit}`)).split("\n");
    return Object.fromEntries(lines.map((line) => {
      const at = line.indexOf("=");
      return [line.slice(0, at), line.slice(at + 1)];
    }));
  }

  /** Records of a unit in the journal. */
  async journal(unit: string): Promise<JournalRecord[]> {
    const output = await this.do(
      `journalctl --sync; journalctl -u ${unit} -o json`,
    );
    return output.split("\n").map((line) => JSON.parse(line));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#machine[Symbol.asyncDispose]();
    await this.vault[Symbol.asyncDispose]();
  }
}
