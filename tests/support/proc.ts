/** Other processes through /proc: their state, their environment block, and signals. */

/** Children of its main thread. */
export function childrenOf(pid: number): number[] {
  return Deno.readTextFileSync(`/proc/${pid}/task/${pid}/children`)
    .split(" ").filter((word) => word !== "").map(Number);
}

/** `S`, `T`, `Z` …; empty when there is no such process. */
export function stateOf(pid: number): string {
  try {
    const status = Deno.readTextFileSync(`/proc/${pid}/status`);
    return /State:\s+(\w)/.exec(status)?.[1] ?? "";
  } catch {
    return "";
  }
}

/** False for a zombie too: that is the reaper's business. */
export function isAlive(pid: number): boolean {
  return !["", "Z", "X"].includes(stateOf(pid));
}

/** Link targets of its open descriptors, sorted. */
export function filesOf(pid: number): string[] {
  const folder = `/proc/${pid}/fd`;
  return Array.from(Deno.readDirSync(folder), ({ name }) => {
    return Deno.readLinkSync(`${folder}/${name}`);
  }).sort();
}

/** Lets a wrapper's token_protected fail, as root: writes a text where VAULT_TOKEN's value was in its environment block. */
export function exposeToken(pid: number, text: string): void {
  overwrite(pid, "VAULT_TOKEN=", text);
}

/** Writes a text into the environment block of a process, after the text `behind`. */
export function overwrite(pid: number, behind: string, text: string): void {
  const environ = Deno.readTextFileSync(`/proc/${pid}/environ`);
  const at = environ.indexOf(behind) + behind.length;
  const stat = Deno.readTextFileSync(`/proc/${pid}/stat`);
  const start = stat.slice(stat.lastIndexOf(")") + 2).split(" ")[47] ?? "";
  using memory = Deno.openSync(`/proc/${pid}/mem`, { write: true });
  memory.seekSync(BigInt(start) + BigInt(at), Deno.SeekMode.Start);
  memory.writeSync(new TextEncoder().encode(text));
}

/** The shell's own kill, because procps is not everywhere. */
const KILL = 'i=0; while [ $i -lt "$3" ]; do kill -"$2" "$1" || exit 1; ' +
  "i=$((i + 1)); done";

/** Sends any of the 64 signals, of which Deno.kill knows half. @throws Error when there is no such process */
export function raise(pid: number, signo: number, times = 1): void {
  const { success, stderr } = new Deno.Command("/bin/sh", {
    args: ["-c", KILL, "raise", ...[pid, signo, times].map(String)],
  }).outputSync();
  if (!success) throw new Error(new TextDecoder().decode(stderr));
}
