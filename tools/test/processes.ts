/**
 * The processes that a job started, also those that outlive their parents: /proc
 * is read every second, and every descendant of the job is remembered by PID and
 * start time. A process that inherited the job's TMPDIR is found without that.
 */
import { type Process, readProcess, readProcesses, readText } from "../proc.ts";
import { until } from "../until.ts";

const INTERVAL_MS = 1000;

/** Processes that a job left get this long to end by themselves. */
const GRACE_MS = 5000;

/** Follows the descendants of several jobs; `using` ends it. */
export class ProcessWatch implements Disposable {
  /** Job by (pid, start). */
  readonly #jobs = new Map<string, string>();
  readonly #timer: ReturnType<typeof setInterval>;
  readonly #graceMs: number;

  constructor(graceMs = GRACE_MS) {
    this.#graceMs = graceMs;
    this.#timer = setInterval(() => this.#look(), INTERVAL_MS);
  }

  /** Follows what `pid` starts from now on. */
  follow(pid: number, job: string): void {
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
    let left: Process[] = [];
    await until(this.#graceMs, () => {
      left = this.#look().filter((found) =>
        this.#jobs.get(keyOf(found)) === job || hasVariable(found.pid, folder)
      );
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

function hasVariable(pid: number, folder: string): boolean {
  return readText(`/proc/${pid}/environ`).split("\0")
    .includes(`TMPDIR=${folder}`);
}

function commandOf(pid: number): string {
  const command = readText(`/proc/${pid}/cmdline`).replaceAll("\0", " ").trim();
  return (command || readText(`/proc/${pid}/comm`).trim()).slice(0, 200);
}
