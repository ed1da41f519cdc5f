/**
 * Runs a line of shell on a terminal of its own, made by script(1), with a
 * keyboard. The line's exit status is the terminal's. As tests/support/shell.ts.
 */
import { Output } from "./output.ts";
import { shellEnvironment } from "./shell.ts";

/** Keys as a keyboard sends them. */
export const KEYS = {
  interrupt: "\x03",
  endOfFile: "\x04",
  quit: "\x1c",
  suspend: "\x1a",
};

/** A terminal; `await using` ends what runs on it. */
export class Terminal implements AsyncDisposable {
  readonly screen: Output;
  readonly ended: Promise<Deno.CommandStatus>;
  readonly #process: Deno.ChildProcess;
  readonly #keyboard: WritableStreamDefaultWriter<Uint8Array>;

  constructor(script: string) {
    this.#process = new Deno.Command("timeout", {
      args: ["-s", "KILL", "30", "script", "-qefc", script, "/dev/null"],
      clearEnv: true,
      env: { ...shellEnvironment(), SHELL: "/bin/sh", TERM: "dumb" },
      stdin: "piped",
      stdout: "piped",
      stderr: "null",
    }).spawn();
    this.screen = new Output(this.#process.stdout);
    this.#keyboard = this.#process.stdin.getWriter();
    this.ended = this.#process.status;
  }

  async type(text: string): Promise<void> {
    await this.#keyboard.write(new TextEncoder().encode(text));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    try {
      this.#process.kill("SIGTERM");
    } catch {
      // It has ended already.
    }
    await this.#keyboard.close().catch(() => {});
    await this.ended;
    await this.screen.done;
  }
}
