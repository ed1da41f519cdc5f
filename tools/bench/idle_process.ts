/** A program that was started and stays; its memory and processor time, read from /proc. */
import { readText } from "../proc.ts";
import { words } from "../run.ts";
import type { CommandLine } from "./workshop.ts";

const START_LIMIT_MS = 60_000;
const STOP_LIMIT_MS = 3_000;

/** Memory of one process, in bytes. */
export interface Memory {
  readonly anonymous: number;
  /** Content of the memfds that are mapped. */
  readonly memfd: number;
  readonly secretmem: number;
  readonly rss: number;
  readonly locked: number;
}

/** `await using` ends it. */
export class IdleProcess implements AsyncDisposable {
  readonly #process: Deno.ChildProcess;

  private constructor(process: Deno.ChildProcess) {
    this.#process = process;
  }

  /** Starts it and waits for its application's main. @throws {Error} when it does not come */
  static async start({ words, env = {} }: CommandLine): Promise<IdleProcess> {
    const [path = "", ...args] = words;
    const process = new Deno.Command(path, {
      args,
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
    if (done) throw new Error(`${path} did not start its application`);
    return new IdleProcess(process);
  }

  /** Needs root for the sizes of the memfds. */
  readMemory(): Memory {
    const read = (name: string) =>
      Deno.readTextFileSync(`/proc/${this.#process.pid}/${name}`);
    const fields = `${read("smaps_rollup")}\n${read("status")}`;
    const bytes = (name: string) =>
      Number(new RegExp(`^${name}:\\s+(\\d+) kB`, "m").exec(fields)?.[1]) *
      1024;
    const maps = read("maps").trim().split("\n");
    return {
      anonymous: bytes("Anonymous"),
      memfd: sizeOfMemfds(this.#process.pid, maps),
      secretmem: sum(maps.filter((l) => l.includes("/secretmem")).map(sizeOf)),
      rss: bytes("Rss"),
      locked: bytes("VmLck"),
    };
  }

  /** Processor time so far, milliseconds: of its own, of the children that it waited for, and of those that run. */
  readCpuMs(): number {
    return readTreeMs(this.#process.pid);
  }

  /** TERM, then KILL: secret-init ignores TERM. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#signal("SIGTERM");
    const timer = setTimeout(() => this.#signal("SIGKILL"), STOP_LIMIT_MS);
    await this.#process.status;
    clearTimeout(timer);
    await this.#process.stdout.cancel();
  }

  #signal(name: Deno.Signal): void {
    try {
      this.#process.kill(name);
    } catch {
      // It has ended already.
    }
  }
}

function sum(numbers: Iterable<number>): number {
  return [...numbers].reduce((total, one) => total + one, 0);
}

function sizeOf(line: string): number {
  const [start = "0", end = "0"] = (line.split(" ")[0] ?? "").split("-");
  return Number(BigInt(`0x${end}`) - BigInt(`0x${start}`));
}

/** A memfd that is mapped in parts counts once. */
function sizeOfMemfds(pid: number, maps: readonly string[]): number {
  const files = new Map<string, number>();
  for (const line of maps.filter((l) => l.includes("/memfd:"))) {
    const [range = "", , , , inode = ""] = line.split(/\s+/);
    const found = Deno.statSync(`/proc/${pid}/map_files/${range}`);
    files.set(inode, (found.blocks ?? 0) * 512);
  }
  return sum(files.values());
}

const LIBC = Deno.dlopen("libc.so.6", {
  clock_gettime: { parameters: ["i32", "buffer"], result: "i32" },
});

/** The process, all of its threads, to the nanosecond; its children that ended in ticks of 10 ms. */
function readTreeMs(pid: number): number {
  // clock_getcpuclockid(3): CPUCLOCK_SCHED of a process.
  const clock = (~pid << 3) | 2;
  const time = new BigInt64Array(2);
  if (LIBC.symbols.clock_gettime(clock, time) !== 0) {
    throw new Error(`Process ${pid} has ended`);
  }
  const [seconds = 0n, nanoseconds = 0n] = time;
  const stat = Deno.readTextFileSync(`/proc/${pid}/stat`);
  const own = Number(seconds) * 1000 + Number(nanoseconds) / 1e6;
  return own + readEndedMs(stat) + sum(listChildren(pid).map(readChildMs));
}

/** 0 for one that has ended meanwhile: its parent's sum has it. */
function readChildMs(pid: number): number {
  try {
    return readTreeMs(pid);
  } catch {
    return 0;
  }
}

/** Time of the children that ended, of a process's /proc/PID/stat; milliseconds. */
export function readEndedMs(stat: string): number {
  // The name is in parentheses and may hold anything.
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return (Number(fields[13] ?? 0) + Number(fields[14] ?? 0)) * 10;
}

/** Of any of its threads. */
function listChildren(pid: number): number[] {
  return [...Deno.readDirSync(`/proc/${pid}/task`)].flatMap(({ name }) =>
    words(readText(`/proc/${pid}/task/${name}/children`)).map(Number)
  );
}
