/**
 * Memory, descriptors and threads of a process. It opens nothing that an agent
 * counts as an attack: /proc/PID/status, and the size of /proc/PID/fd, which is
 * the number of descriptors since Linux 6.2.
 */

/** One process at one moment. */
export interface Sample {
  readonly seconds: number;
  /** Anonymous memory. */
  readonly privateKib: number;
  readonly rssKib: number;
  /** Locked memory, which has the arenas with secrets. */
  readonly lockedKib: number;
  readonly descriptors: number;
  readonly threads: number;
}

/** A process over time. */
export interface Series {
  readonly name: string;
  readonly samples: readonly Sample[];
}

/**
 * @throws {Deno.errors.NotFound} when the process has ended
 * @throws {Error} when its descriptors cannot be counted: 0 would hide a leak
 */
export function takeSample(pid: number, seconds: number): Sample {
  const status = Deno.readTextFileSync(`/proc/${pid}/status`);
  const read = (name: string) =>
    Number(new RegExp(`^${name}:\\s+(\\d+)`, "m").exec(status)?.[1] ?? NaN);
  const descriptors = Deno.statSync(`/proc/${pid}/fd`).size;
  if (descriptors === 0) {
    throw new Error(
      `Cannot count the descriptors of process ${pid}: it has ended, or the kernel is older than Linux 6.2`,
    );
  }
  return {
    seconds,
    privateKib: read("RssAnon"),
    rssKib: read("VmRSS"),
    lockedKib: read("VmLck"),
    descriptors,
    threads: read("Threads"),
  };
}
