/**
 * A virtual machine for tests that need another kernel or processor: QEMU with
 * software emulation, a root shell over a serial port, and the host's loopback as
 * 10.0.2.2, which is `localhost` in it.
 */
import { createInterface } from "node:readline";
import { Readable } from "node:stream";
import { type MachineOptions, qemuCommand } from "./qemu.ts";

/** Result of a command in the machine; stdout and stderr are one text. */
export interface CommandResult {
  readonly code: number;
  readonly output: string;
}

const BOOT_MS = 180_000;
const COMMAND_MS = 180_000;

/** A running machine; `await using` ends it. */
export class Machine implements AsyncDisposable {
  readonly #process: Deno.ChildProcess;
  readonly #console: Promise<string>;
  readonly #lines: AsyncIterator<string>;
  readonly #writer: WritableStreamDefaultWriter<Uint8Array>;
  #last = 0;

  private constructor(options: MachineOptions) {
    const [command, args] = qemuCommand(options);
    this.#process = new Deno.Command(command, {
      args,
      stdin: "piped",
      stdout: "piped",
      stderr: "piped",
    }).spawn();
    this.#console = new Response(this.#process.stderr).text();
    this.#lines = createInterface({
      input: Readable.from(this.#process.stdout),
    })[Symbol.asyncIterator]();
    this.#writer = this.#process.stdin.getWriter();
  }

  /** Boots it and waits for its shell. @throws Error with the console when it does not come up */
  static async start(options: MachineOptions): Promise<Machine> {
    const machine = new Machine(options);
    const line = await machine.#within(BOOT_MS, "boot", machine.#line());
    if (line !== "ready") throw await machine.#failure(`boot: "${line}"`);
    return machine;
  }

  /**
   * Runs a shell command as root, to its end. Programs that it leaves in the
   * background must redirect their output.
   *
   * @throws {Error} on timeout or when the machine has ended; it is then ended.
   */
  async run(command: string, limitMs = COMMAND_MS): Promise<CommandResult> {
    const id = String(++this.#last);
    const line = `${id} ${new TextEncoder().encode(command).toBase64()}\n`;
    await this.#writer.write(new TextEncoder().encode(line));
    return await this.#within(limitMs, command, this.#answer(id));
  }

  async #answer(id: string): Promise<CommandResult> {
    const line = await this.#line();
    const [answered, code, text = ""] = line.split(" ");
    if (answered !== id) throw new Error(`Not an answer to ${id}: ${line}`);
    const output = new TextDecoder().decode(Uint8Array.fromBase64(text));
    return { code: Number(code), output };
  }

  async #line(): Promise<string> {
    const { value, done } = await this.#lines.next();
    if (done) throw new Error("its output has ended");
    return value;
  }

  async #within<T>(
    limitMs: number,
    title: string,
    work: Promise<T>,
  ): Promise<T> {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const late = new Promise<never>((_, reject) => {
      timer = setTimeout(
        () => reject(new Error(`not within ${limitMs} ms`)),
        limitMs,
      );
    });
    try {
      return await Promise.race([work, late]);
    } catch (cause) {
      work.catch(() => {});
      throw await this.#failure(`${title}: ${(cause as Error).message}`);
    } finally {
      clearTimeout(timer);
    }
  }

  /** Ends the machine and makes an error with its console. */
  async #failure(what: string): Promise<Error> {
    await this[Symbol.asyncDispose]();
    return new Error(
      `${what}\nconsole:\n${(await this.#console).slice(-4000)}`,
    );
  }

  /** All kernel messages, once the machine has ended. */
  get console(): Promise<string> {
    return this.#console;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    try {
      this.#process.kill("SIGKILL");
    } catch {
      // It has already ended.
    }
    await this.#process.status;
    await this.#writer.abort().catch(() => {});
    await this.#lines.return?.();
    await this.#console;
  }
}
