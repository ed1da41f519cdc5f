/**
 * The processes that a job started, also those that outlive their parents: /proc
 * is read every second, and every descendant of the job is remembered by PID and
 * start time. A process that inherited the job's TMPDIR is found without that.
 */

const INTERVAL_MS = 1000;

/** What a job left gets this long to end by itself. */
const GRACE_MS = 5000;

interface Process {
  readonly pid: number;
  readonly parent: number;
  /** In clock ticks after boot. PIDs are reused; (pid, start) is unique. */
  readonly start: string;
}

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
   * Ends what is left of a job whose own process has ended.
   *
   * @param folder the job's TMPDIR
   * @returns a description of each process that did not end by itself
   */
  async endLeft(job: string, folder: string): Promise<string[]> {
    const deadline = Date.now() + this.#graceMs;
    let left = this.#leftOf(job, folder);
    while (left.length > 0 && Date.now() < deadline) {
      await new Promise((resolve) => setTimeout(resolve, 100));
      left = this.#leftOf(job, folder);
    }
    const described = left.map(({ pid }) =>
      `process ${pid}: ${commandOf(pid)}`
    );
    for (const { pid } of left) {
      try {
        Deno.kill(pid, "SIGKILL");
      } catch {
        // It has ended meanwhile.
      }
    }
    return described;
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer);
  }

  #leftOf(job: string, folder: string): Process[] {
    return this.#look().filter((found) =>
      this.#jobs.get(keyOf(found)) === job || hasVariable(found.pid, folder)
    );
  }

  /** Notes new descendants and returns all processes but zombies. */
  #look(): Process[] {
    const all = readProcesses();
    const jobs = new Map<number, string>();
    // A parent has mostly a smaller PID than its child; twice is enough after a wrap.
    for (let round = 0; round < 2; round++) {
      for (const found of all) {
        const job = this.#jobs.get(keyOf(found)) ?? jobs.get(found.parent);
        if (job === undefined) continue;
        jobs.set(found.pid, job);
        this.#jobs.set(keyOf(found), job);
      }
    }
    return all;
  }
}

function keyOf({ pid, start }: Process): string {
  return `${pid} ${start}`;
}

function readProcesses(): Process[] {
  return [...Deno.readDirSync("/proc")]
    .flatMap(({ name }) => /^\d+$/.test(name) ? [Number(name)] : [])
    .sort((a, b) => a - b)
    .flatMap((pid) => readProcess(pid) ?? []);
}

/** Undefined when it has ended, even if it is still a zombie. */
function readProcess(pid: number): Process | undefined {
  const text = readText(`/proc/${pid}/stat`);
  // The name is in parentheses and may hold anything.
  const fields = text.slice(text.lastIndexOf(")") + 2).split(" ");
  const [state, parent, start = ""] = [fields[0], fields[1], fields[19]];
  if (parent === undefined || state === "Z" || state === "X") return undefined;
  return { pid, parent: Number(parent), start };
}

function hasVariable(pid: number, folder: string): boolean {
  return readText(`/proc/${pid}/environ`).split("\0")
    .includes(`TMPDIR=${folder}`);
}

function commandOf(pid: number): string {
  const command = readText(`/proc/${pid}/cmdline`).replaceAll("\0", " ").trim();
  return (command || readText(`/proc/${pid}/comm`).trim()).slice(0, 200);
}

function readText(path: string): string {
  try {
    return Deno.readTextFileSync(path);
  } catch {
    return "";
  }
}
