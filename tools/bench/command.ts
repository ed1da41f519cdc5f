/**
 * Compiles the benchmark's C programs into a temporary directory, runs commands
 * under stopwatch.c, and reads the output of the benchmark's application.
 */
import { run } from "../run.ts";

const SOURCES = new URL("./", import.meta.url).pathname;
const PROGRAMS = ["stopwatch", "moment", "orphans", "cpuclock", "calls"];
const LIMIT_MS = 60_000;

/** A command and its environment. */
export interface CommandLine {
  readonly words: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
}

/** One run, in milliseconds from just before the command was started. */
export interface Run {
  /** To main of the application; undefined when the command has none. */
  readonly toMain?: number;
  readonly toEnd: number;
  /** Start, and main of the application, in milliseconds of the wall clock. */
  readonly wallStart: number;
  readonly wallMain?: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** The temporary directory with the compiled programs. */
export class Workshop implements AsyncDisposable {
  readonly dir: string;

  private constructor(dir: string) {
    this.dir = dir;
  }

  static async open(): Promise<Workshop> {
    const dir = await Deno.makeTempDir({ prefix: "ct-bench-" });
    for (const name of PROGRAMS) await compileStatic(dir, name);
    return new Workshop(dir);
  }

  /** Path of a program or file in it. */
  path(name: string): string {
    return `${this.dir}/${name}`;
  }

  /** Runs to the end. @throws Error when the command fails or takes a minute */
  async time(command: CommandLine): Promise<Run> {
    const out = this.path("stopwatch.out");
    const { success, stdout, stderr } = await new Deno.Command(
      this.path("stopwatch"),
      {
        args: [out, ...command.words],
        clearEnv: true,
        env: { PATH: "/usr/bin:/bin", ...command.env },
        cwd: this.dir,
        stdin: "null",
        stdout: "piped",
        stderr: "piped",
        signal: AbortSignal.timeout(LIMIT_MS),
      },
    ).output();
    const decoder = new TextDecoder();
    const said = {
      stdout: decoder.decode(stdout),
      stderr: decoder.decode(stderr),
    };
    const line = success ? await Deno.readTextFile(out) : "";
    const [start = 0n, end = 0n, wall = 0n, status = 1n] = line.trim()
      .split(" ").map((word) => BigInt(word || 0));
    if (!success || status !== 0n) {
      throw new Error(
        `${command.words[0]} failed:\n${said.stderr.slice(-2000)}`,
      );
    }
    const times = { toEnd: millis(end - start), wallStart: millis(wall) };
    const main = /^main (\d+) (\d+)$/m.exec(said.stdout);
    if (!main) return { ...times, ...said };
    const toMain = millis(BigInt(main[1] ?? 0) - start);
    return {
      toMain,
      wallMain: millis(BigInt(main[2] ?? 0)),
      ...times,
      ...said,
    };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Deno.remove(this.dir, { recursive: true });
  }
}

function millis(nanoseconds: bigint): number {
  return Number(nanoseconds) / 1e6;
}

async function compileStatic(dir: string, name: string): Promise<void> {
  const flags = ["-static", "-O2", "-Wall", "-Wextra", "-Werror", "-std=c11"];
  const output = ["-D_GNU_SOURCE", "-o", `${dir}/${name}`];
  await run("gcc", [...flags, ...output, `${SOURCES}${name}.c`]);
}
