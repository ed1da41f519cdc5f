/** What /proc tells about a process, as this machine sees it. Reads only. */

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
