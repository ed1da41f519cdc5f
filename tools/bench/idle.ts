/** Measures an idle wrapper from outside: memory, locked pages, processor time; with 3 secrets and with many. */
import { sleep } from "../until.ts";
import { round, summarize, type Summary, type Workshop } from "./command.ts";
import type { BenchServer } from "./server.ts";

const START_LIMIT_MS = 60_000;
const STOP_LIMIT_MS = 10_000;

/** Memory of an idle wrapper, in bytes. */
export interface Memory {
  readonly anonymous: number;
  /** Content of the memfds that are mapped: libraries and the shim. */
  readonly memfd: number;
  readonly secretmem: number;
  readonly rss: number;
  readonly locked: number;
}

/** Memory, and percent of one processor over some seconds. */
export interface IdleFigures {
  readonly memory: Memory;
  readonly cpuPercent: number;
  /** Without the proofs on an interval. */
  readonly cpuPercentUnproven: number;
  readonly seconds: number;
}

/** The cost of a number of secrets. */
export interface ManyFigures {
  readonly secrets: number;
  /** To the application's main, milliseconds. */
  readonly start: Summary;
  readonly memory: Memory;
}

/** Two wrappers at the same time, one without proofs. */
export async function measureIdle(
  workshop: Workshop,
  server: BenchServer,
  { binary, settleMs, idleMs }: {
    readonly binary: string;
    readonly settleMs: number;
    readonly idleMs: number;
  },
): Promise<IdleFigures> {
  const env = { ...server.three, CLOUDTASER_LISTEN: "127.0.0.1:0" };
  await using idle = await IdleWrapper.start(workshop, binary, env);
  await using unproven = await IdleWrapper.start(workshop, binary, {
    ...env,
    CLOUDTASER_SCORE_INTERVAL: "off",
  });
  await sleep(settleMs);
  const [cpuPercent, cpuPercentUnproven] = await Promise.all([
    idle.measureCpu(idleMs),
    unproven.measureCpu(idleMs),
  ]);
  const memory = idle.readMemory();
  return { memory, cpuPercent, cpuPercentUnproven, seconds: idleMs / 1000 };
}

/** Whether time and memory grow linearly with the secrets, each in a path of its own. Interleaved over the counts. */
export async function measureMany(
  workshop: Workshop,
  server: BenchServer,
  { binary, counts, manyRounds, settleMs }: {
    readonly binary: string;
    readonly counts: readonly number[];
    readonly manyRounds: number;
    readonly settleMs: number;
  },
): Promise<ManyFigures[]> {
  await server.writeMany(Math.max(...counts));
  const times = new Map(counts.map((count) => [count, [] as number[]]));
  const words = [binary, "--", ...workshop.application("MANY_0")];
  for (let round = 0; round < manyRounds; round++) {
    for (const [count, samples] of times) {
      const run = await workshop.time({ words, env: server.many(count) });
      samples.push(run.toMain ?? 0);
    }
  }
  const figures: ManyFigures[] = [];
  for (const [secrets, samples] of times) {
    const env = server.many(secrets);
    await using idle = await IdleWrapper.start(workshop, binary, env);
    await sleep(settleMs);
    const start = summarize(samples);
    figures.push({ secrets, start, memory: idle.readMemory() });
  }
  return figures;
}

/** A started wrapper; `await using` ends it. */
class IdleWrapper implements AsyncDisposable {
  readonly #process: Deno.ChildProcess;

  private constructor(process: Deno.ChildProcess) {
    this.#process = process;
  }

  /** Starts the binary with an application that stays, and waits for its main. */
  static async start(
    workshop: Workshop,
    binary: string,
    env: Readonly<Record<string, string>>,
  ): Promise<IdleWrapper> {
    const process = new Deno.Command(binary, {
      args: ["--", ...workshop.application("-")],
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
    return new IdleWrapper(process);
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

  /** Percent of one processor over `millis`, children that ended included. */
  async measureCpu(millis: number): Promise<number> {
    const before = cpuMillis(this.#process.pid);
    const started = performance.now();
    await sleep(millis);
    const spent = cpuMillis(this.#process.pid) - before;
    return round(spent / (performance.now() - started) * 100);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#process.kill("SIGTERM");
    const kill = () => this.#process.kill("SIGKILL");
    const timer = setTimeout(kill, STOP_LIMIT_MS);
    await this.#process.status;
    clearTimeout(timer);
    await this.#process.stdout.cancel();
  }
}

function sum(numbers: Iterable<number>): number {
  return [...numbers].reduce((total, one) => total + one, 0);
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
  return sum(files.values());
}

const LIBC = Deno.dlopen("libc.so.6", {
  clock_gettime: { parameters: ["i32", "buffer"], result: "i32" },
});

/** The process, all of its threads, to the nanosecond; its children that ended in ticks of 10 ms. */
function cpuMillis(pid: number): number {
  // clock_getcpuclockid(3): CPUCLOCK_SCHED of a process.
  const clock = (~pid << 3) | 2;
  const time = new BigInt64Array(2);
  if (LIBC.symbols.clock_gettime(clock, time) !== 0) {
    throw new Error(`Process ${pid} has no processor clock`);
  }
  const [seconds = 0n, nanoseconds = 0n] = time;
  const stat = Deno.readTextFileSync(`/proc/${pid}/stat`);
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  const ended = (Number(fields[13]) + Number(fields[14])) * 10;
  return Number(seconds) * 1000 + Number(nanoseconds) / 1e6 + ended;
}
