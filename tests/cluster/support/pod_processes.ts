/** The processes of a pod, as this machine sees them. */
import { readProcesses, readText } from "../../../tools/proc.ts";

/** PIDs of a pod, without its pause process. */
export function processesOf(podUid: string): number[] {
  return readProcesses().map(({ pid }) => pid).filter((pid) =>
    readText(`/proc/${pid}/cgroup`).includes(podUid) &&
    readText(`/proc/${pid}/comm`) !== "pause\n"
  );
}

/** Options of what is mounted there in its mount namespace; empty when nothing is. */
export function mountOptions(pid: number, path: string): string[] {
  const lines = readText(`/proc/${pid}/mountinfo`).split("\n");
  const fields = lines.map((line) => line.split(" "));
  return fields.findLast(([, , , , at]) => at === path)?.[5]?.split(",") ?? [];
}
