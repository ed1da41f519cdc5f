/**
 * The processes that a job started, also those that outlive their parents: /proc
 * is read every second, and every descendant of the job is remembered by PID and
 * start time. A process is also the job's when it inherited the job's TMPDIR or
 * runs a program below it; one that runs a program of this repository and that no
 * job is known to have started has lost its parent between two looks.
 */
import { ROOT } from "../build/c.ts";
import { type Process, readProcess, readProcesses, readText } from "../proc.ts";
import { until } from "../until.ts";

const INTERVAL_MS = 500;

/** A process of a running job is known to it by then. In clock ticks. */
const KNOWN_AFTER = 200;

/** Processes that a job left get this long to end by themselves. */
const GRACE_MS = 5000;

/** Follows the descendants of several jobs; `using` ends it. */
export class ProcessWatch implements Disposable {
  /** Job by (pid, start). */
  readonly #jobs = new Map<string, string>();
  readonly #running = new Set<string>();
  readonly #timer: ReturnType<typeof setInterval>;
  readonly #graceMs: number;

  constructor(graceMs = GRACE_MS) {
    this.#graceMs = graceMs;
    this.#timer = setInterval(() => this.#look(), INTERVAL_MS);
  }

  /** Follows what `pid` starts from now on. */
  follow(pid: number, job: string): void {
    this.#running.add(job);
    const found = readProcess(pid);
    if (found) this.#jobs.set(keyOf(found), job);
  }

  /**
   * Ends the remaining processes of a job that has ended.
   *
   * @param folder the job's TMPDIR
   * @returns a description of each process that did not end by itself
   */
  async endLeft(job: string, folder: string): Promise<string[]> {
    this.#running.delete(job);
    let left: Process[] = [];
    await until(this.#graceMs, () => {
      left = this.#look().filter((found) =>
        this.#jobs.get(keyOf(found)) === job || isOf(found, folder) ||
        this.#isStray(found)
      );
      for (const found of left) this.#jobs.set(keyOf(found), job);
      return left.length === 0;
    }, 100);
    return left.map(({ pid }) => {
      const description = `process ${pid}: ${commandOf(pid)}`;
      try {
        Deno.kill(pid, "SIGKILL");
      } catch {
        // It has ended meanwhile.
      }
      return description;
    });
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer);
  }

  /**
   * Runs a program of this repository, and no job started it as far as is known.
   * While another job runs, it may be that job's.
   */
  #isStray(found: Process): boolean {
    const uptime = Number(readText("/proc/uptime").split(".")[0]) * 100;
    return this.#running.size === 0 && !this.#jobs.has(keyOf(found)) &&
      found.parent === 1 &&
      uptime - Number(found.start) > KNOWN_AFTER &&
      executableOf(found.pid).startsWith(ROOT);
  }

  /** Notes new descendants and returns all processes but zombies. */
  #look(): Process[] {
    const all = readProcesses();
    const jobs = new Map<number, string>();
    // A parent has mostly a smaller PID than its child; twice is enough after a wrap.
    for (const found of [...all, ...all]) {
      const job = this.#jobs.get(keyOf(found)) ?? jobs.get(found.parent);
      if (job === undefined) continue;
      jobs.set(found.pid, job);
      this.#jobs.set(keyOf(found), job);
    }
    return all;
  }
}

function keyOf({ pid, start }: Process): string {
  return `${pid} ${start}`;
}

/** By its program, or by the TMPDIR of a process that has lost its parent. */
function isOf({ pid, parent }: Process, folder: string): boolean {
  if (executableOf(pid).startsWith(`${folder}/`)) return true;
  // Other environments stay unread: a node agent under test kills a process that reads a protected one.
  return parent === 1 &&
    readText(`/proc/${pid}/environ`).split("\0").includes(`TMPDIR=${folder}`);
}

function executableOf(pid: number): string {
  try {
    return Deno.readLinkSync(`/proc/${pid}/exe`);
  } catch {
    return "";
  }
}

function commandOf(pid: number): string {
  const command = readText(`/proc/${pid}/cmdline`).replaceAll("\0", " ").trim();
  return (command || readText(`/proc/${pid}/comm`).trim()).slice(0, 200);
}
