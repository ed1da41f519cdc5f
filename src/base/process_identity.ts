/** When a process began: with its number this names one process and no other. */

/** A process: its number, in its own PID namespace, may be another's too; the pair is nobody else's. */
export interface ProcessIdentity {
  readonly pid: number;
  /** When it began, in ticks since boot. */
  readonly startTicks: number;
}

/** Of proc_pid_stat(5), counted from behind the name, which may hold anything. */
const START_FIELD = 22 - 3;

/** Ticks since boot, of `/proc/PID`; undefined: there is no such process. */
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
