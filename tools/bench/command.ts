/**
 * Compiles the benchmark's C programs into a temporary directory, times commands
 * with timing.c, and summarizes times.
 */
import { compiler } from "../build/c.ts";
import { run, words } from "../run.ts";
import { TemporaryFolder } from "../temporary_folder.ts";

const SOURCES = new URL("./", import.meta.url).pathname;
const FLAGS = words("-static -O2 -Wall -Wextra -Werror -std=c11 -D_GNU_SOURCE");
const LIMIT_MS = 60_000;

/** A command and its environment. */
export interface CommandLine {
  readonly words: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
}

/** One run, in milliseconds from just before the command was started. */
export interface Run {
  /** To main of the application; undefined when the command has none. */
  readonly toMain: number | undefined;
  readonly toEnd: number;
  /** Start, and main of the application, in milliseconds of the wall clock. */
  readonly wallStart: number;
  readonly wallMain: number;
  readonly stdout: string;
  readonly stderr: string;
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

  /** Command line of the application, which requires these variables; `-`: it stays. */
  application(...names: readonly string[]): string[] {
    return [this.path("timing"), "main", ...names];
  }

  /** Runs to the end. @throws Error when the command fails or takes a minute */
  async time({ words, env }: CommandLine): Promise<Run> {
    const out = this.path("times");
    const output = await new Deno.Command(this.path("timing"), {
      args: ["run", out, ...words],
      clearEnv: true,
      env: { PATH: "/usr/bin:/bin", ...env },
      cwd: this.dir,
      stdin: "null",
      signal: AbortSignal.timeout(LIMIT_MS),
    }).output();
    const decoder = new TextDecoder();
    const stdout = decoder.decode(output.stdout);
    const stderr = decoder.decode(output.stderr);
    const line = output.success ? await Deno.readTextFile(out) : "";
    const [start = 0n, end = 0n, wall = 0n, status = 1n] = readNumbers(line);
    if (status !== 0n) {
      throw new Error(`${words[0]} failed:\n${stderr.slice(-2000)}`);
    }
    const [main, wallMain = 0n] = readNumbers(/^main (.*)$/m.exec(stdout)?.[1]);
    return {
      toMain: main === undefined ? undefined : millis(main - start),
      toEnd: millis(end - start),
      wallStart: millis(wall),
      wallMain: millis(wallMain),
      stdout,
      stderr,
    };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#folder[Symbol.asyncDispose]();
  }
}

function readNumbers(text = ""): bigint[] {
  return words(text).map(BigInt);
}

function millis(nanoseconds: bigint): number {
  return Number(nanoseconds) / 1e6;
}

/** A summary of samples, in their unit. */
export interface Summary {
  readonly n: number;
  readonly min: number;
  readonly median: number;
  readonly p90: number;
}

/** Summarizes samples; all zero for none. */
export function summarize(samples: readonly number[]): Summary {
  const sorted = samples.toSorted((a, b) => a - b);
  const last = sorted.length - 1;
  const at = (share: number) =>
    round(sorted[Math.min(last, Math.floor(sorted.length * share))] ?? 0);
  return { n: sorted.length, min: at(0), median: at(0.5), p90: at(0.9) };
}

/** Three decimals at most. */
export function round(value: number): number {
  return Math.round(value * 1000) / 1000;
}
