/** Identifies a process by PID and start time. */

/** PIDs are reused; (pid, start time) is unique. The PID is that of the process's own namespace. */
export interface ProcessIdentity {
  readonly pid: number;
  /** Start time, in ticks since boot. */
  readonly startTicks: number;
}

/** Index of starttime in proc_pid_stat(5), counted behind the name, which may contain blanks. */
const START_FIELD = 22 - 3;

/** The start time of the process at `/proc/PID`; undefined when there is none. */
export function readStartTicks(folder: string): number | undefined {
  try {
    const text = Deno.readTextFileSync(`${folder}/stat`);
    const fields = text.slice(text.lastIndexOf(")") + 1).trim().split(" ");
    const ticks = Number(fields[START_FIELD]);
    return Number.isSafeInteger(ticks) ? ticks : undefined;
  } catch {
    return undefined;
  }
}
