/** A process and its ancestors from /proc, to compare with the process that a status names. */
import {
  type ProcessIdentity,
  readStartTicks,
} from "@/base/process_identity.ts";
import { readText } from "./sockets.ts";

/** More than the depth of any container. */
const MOST_ANCESTORS = 64;

/** Each with the PID in its own PID namespace; the process itself comes first. */
export function readLineage(pid: number, proc: string): ProcessIdentity[] {
  const lineage: ProcessIdentity[] = [];
  for (let at = pid; at > 0 && lineage.length < MOST_ANCESTORS;) {
    const status = readText(`${proc}/${at}/status`);
    const [, numbers = ""] = /^NSpid:\s*(.+)$/m.exec(status) ?? [];
    const own = Number(numbers.split(/\s+/).at(-1)) || at;
    const startTicks = readStartTicks(`${proc}/${at}`);
    if (startTicks !== undefined) lineage.push({ pid: own, startTicks });
    at = Number(/^PPid:\s*(\d+)$/m.exec(status)?.[1] ?? 0);
  }
  return lineage;
}
