/** Measures an idle wrapper from outside: memory, locked pages, processor time. */
import type { Workshop } from "./command.ts";

const MIB = 1024 * 1024;
const START_LIMIT_MS = 60_000;

/** Memory of an idle wrapper. */
export interface Memory {
  /** All in bytes. */
  readonly anonymous: number;
  /** What the memfds hold that are mapped: libraries and the shim. */
  readonly memfd: number;
  readonly secretmem: number;
  readonly rss: number;
  readonly locked: number;
}

/** A started wrapper; `await using` ends it. */
export class IdleWrapper implements AsyncDisposable {
  readonly #workshop: Workshop;
  readonly #process: Deno.ChildProcess;

  private constructor(workshop: Workshop, process: Deno.ChildProcess) {
    this.#workshop = workshop;
    this.#process = process;
  }

  /** Starts the binary with an application that stays, and waits for its main. */
  static async start(
    workshop: Workshop,
    binary: string,
    env: Readonly<Record<string, string>>,
  ): Promise<IdleWrapper> {
    const process = new Deno.Command(binary, {
      args: ["--", workshop.path("moment"), "-"],
      clearEnv: true,
      env,
      stdin: "null",
      stdout: "piped",
      stderr: "null",
    }).spawn();
    const timer = setTimeout(() => process.kill("SIGKILL"), START_LIMIT_MS);
    const reader = process.stdout.getReader();
    const { done } = await reader.read();
    reader.releaseLock();
    clearTimeout(timer);
    if (done) throw new Error("The idle wrapper did not start");
    return new IdleWrapper(workshop, process);
  }

  /** Memory of now. Needs root for the sizes of the memfds. */
  memory(): Memory {
    const { pid } = this.#process;
    const rollup = Deno.readTextFileSync(`/proc/${pid}/smaps_rollup`);
    const status = Deno.readTextFileSync(`/proc/${pid}/status`);
    const maps = Deno.readTextFileSync(`/proc/${pid}/maps`).trim().split("\n");
    return {
      anonymous: field(rollup, "Anonymous"),
      memfd: sizeOfMemfds(pid, maps),
      secretmem: maps.filter((l) => l.includes("/secretmem")).map(sizeOf)
        .reduce((sum, size) => sum + size, 0),
      rss: field(rollup, "Rss"),
      locked: field(status, "VmLck"),
    };
  }

  /** Percent of one processor over `millis`, children that ended included. */
  async idleCpu(millis: number): Promise<number> {
    const before = await this.#cpu();
    const started = performance.now();
    await new Promise((resolve) => setTimeout(resolve, millis));
    const spent = await this.#cpu() - before;
    return spent / (performance.now() - started) * 100;
  }

  #cpu(): Promise<number> {
    return cpuMillis(this.#workshop, this.#process.pid);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#process.kill("SIGTERM");
    const timer = setTimeout(() => this.#process.kill("SIGKILL"), 10_000);
    await this.#process.status;
    clearTimeout(timer);
    await this.#process.stdout.cancel();
  }
}

/** MiB with one decimal. */
export function mebibytes(bytes: number): number {
  return Math.round(bytes / MIB * 10) / 10;
}

function field(text: string, name: string): number {
  return Number(new RegExp(`^${name}:\\s+(\\d+) kB`, "m").exec(text)?.[1]) *
    1024;
}

function sizeOf(line: string): number {
  const [start = "0", end = "0"] = (line.split(" ")[0] ?? "").split("-");
  return Number(BigInt(`0x${end}`) - BigInt(`0x${start}`));
}

/** Each file once, with all of its pages: they exist whether mapped here or not. */
function sizeOfMemfds(pid: number, maps: readonly string[]): number {
  const files = new Map<string, number>();
  for (const line of maps.filter((l) => l.includes("/memfd:"))) {
    const [range = "", , , , inode = ""] = line.split(/\s+/);
    const found = Deno.statSync(`/proc/${pid}/map_files/${range}`);
    files.set(inode, (found.blocks ?? 0) * 512);
  }
  return [...files.values()].reduce((sum, size) => sum + size, 0);
}

/** The process to the nanosecond; its children that ended in ticks of 10 ms. */
async function cpuMillis(workshop: Workshop, pid: number): Promise<number> {
  const { stdout } = await new Deno.Command(workshop.path("cpuclock"), {
    args: [String(pid)],
    stdout: "piped",
  }).output();
  const stat = Deno.readTextFileSync(`/proc/${pid}/stat`);
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  const ended = (Number(fields[13]) + Number(fields[14])) * 10;
  return Number(new TextDecoder().decode(stdout)) / 1e6 + ended;
}
