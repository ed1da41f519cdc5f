/** Compiles the benchmark's C programs into a temporary directory, and times commands with timing.c. */
import { compiler } from "../build/c.ts";
import { run, words } from "../run.ts";
import { TemporaryFolder } from "../temporary_folder.ts";
import type { Secret } from "./server.ts";

const SOURCES = new URL("./", import.meta.url).pathname;
const FLAGS = words("-static -O2 -Wall -Wextra -Werror -std=c11 -D_GNU_SOURCE");

/** A command and its environment. */
export interface CommandLine {
  readonly words: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
}

/** One run, in milliseconds. */
export interface Run {
  /** From just before the start to main of the application; undefined when the command has none. */
  readonly toMain: number | undefined;
  readonly toExit: number;
  /** Processor time, user and system, of all processes of the command. */
  readonly cpu: number;
  readonly stdout: string;
}

/** The temporary directory with the compiled programs. */
export class Workshop implements AsyncDisposable {
  readonly #folder: TemporaryFolder;

  private constructor(folder: TemporaryFolder) {
    this.#folder = folder;
  }

  static async open(): Promise<Workshop> {
    const workshop = new Workshop(await TemporaryFolder.make("bench"));
    for (const name of ["timing", "calls"]) {
      const files = ["-o", workshop.path(name), `${SOURCES}${name}.c`];
      await run(compiler(), [...FLAGS, ...files]);
    }
    return workshop;
  }

  get dir(): string {
    return this.#folder.path;
  }

  /** Path of a program or file in it. */
  path(name: string): string {
    return `${this.dir}/${name}`;
  }

  /** Writes a file that only this user can read. @returns its path */
  async write(name: string, text: string): Promise<string> {
    await Deno.writeTextFile(this.path(name), text, { mode: 0o600 });
    return this.path(name);
  }

  /** Command line of the application, which fails unless it has received these secrets. */
  async application(secrets: readonly Secret[]): Promise<string[]> {
    const lines = secrets.map(({ variable, value }) => `${variable}=${value}`);
    const name = `expected-${secrets.length}`;
    const file = await this.write(name, lines.map((l) => `${l}\n`).join(""));
    return [this.path("timing"), "main", file];
  }

  /**
   * Runs to the end.
   *
   * @param group the `cgroup.procs` of the control group to run in.
   * @throws {Error} when the command fails or takes a minute.
   */
  async time({ words, env }: CommandLine, group = "-"): Promise<Run> {
    const out = this.path("times");
    const output = await new Deno.Command(this.path("timing"), {
      args: ["run", out, group, ...words],
      clearEnv: true,
      env: { PATH: "/usr/bin:/bin", ...env },
      cwd: this.dir,
      stdin: "null",
    }).output();
    const stdout = new TextDecoder().decode(output.stdout);
    const line = output.success ? await Deno.readTextFile(out) : "";
    const run = readRun(line, stdout);
    if (run !== undefined) return run;
    const stderr = new TextDecoder().decode(output.stderr);
    const said = stderr.trim().slice(-500) || "it exits with an error";
    throw new Error(`${words[0]} failed: ${said}`);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#folder[Symbol.asyncDispose]();
  }
}

/**
 * Reads the line that `timing run` wrote, and the one that `timing main` printed
 * into the command's output. Undefined unless the command has exited with 0.
 */
export function readRun(line: string, stdout: string): Run | undefined {
  const numbers = words(line).map(BigInt);
  const [start = 0n, end = 0n, user = 0n, system = 0n, status] = numbers;
  if (status !== 0n) return undefined;
  const main = /^main (\d+)$/m.exec(stdout)?.[1];
  return {
    toMain: main === undefined ? undefined : millis(BigInt(main) - start),
    toExit: millis(end - start),
    cpu: millis(user + system),
    stdout,
  };
}

function millis(nanoseconds: bigint): number {
  return Number(nanoseconds) / 1e6;
}
