/** Reads /proc, where anything may be gone at any time. */

/** A process that runs. */
export interface Process {
  readonly pid: number;
  readonly parent: number;
  /** In clock ticks after boot. PIDs are reused; (pid, start) is unique. */
  readonly start: string;
}

/** The content of a file, or "" when it cannot be read. */
export function readText(path: string): string {
  try {
    return Deno.readTextFileSync(path);
  } catch {
    return "";
  }
}

/** Undefined when it has ended, also when its parent has not waited for it yet. */
export function readProcess(pid: number): Process | undefined {
  const text = readText(`/proc/${pid}/stat`);
  // The name is in parentheses and may hold anything.
  const fields = text.slice(text.lastIndexOf(")") + 2).split(" ");
  const [state, parent, start = ""] = [fields[0], fields[1], fields[19]];
  if (parent === undefined || state === "Z" || state === "X") return undefined;
  return { pid, parent: Number(parent), start };
}

/** All that run, in the order of their PIDs. */
export function readProcesses(): Process[] {
  return [...Deno.readDirSync("/proc")]
    .flatMap(({ name }) => /^\d+$/.test(name) ? [Number(name)] : [])
    .sort((a, b) => a - b)
    .flatMap((pid) => readProcess(pid) ?? []);
}
