/** Standard error: writes without waiting for a slow reader, and whether journald reads it. */
import { writeLog } from "@ffi";

const STDERR = 2;
/** A line that cannot be written within this time is dropped. */
const LIMIT_MS = 200;

/** Makes a writer of lines, which end with a line feed. */
export function openStderr(): (line: Uint8Array) => void {
  // After one timeout, do not block again until a write succeeds.
  let limitMs = LIMIT_MS;
  return (line) => {
    const written = writeLog(STDERR, line, limitMs);
    limitMs = written === line.length ? LIMIT_MS : 0;
  };
}

/** True if standard error is the file with this `device:inode`, as in JOURNAL_STREAM of systemd.exec(5). */
export function isStderr(deviceAndInode: string): boolean {
  try {
    const { dev, ino } = Deno.statSync(`/proc/self/fd/${STDERR}`);
    return deviceAndInode === `${dev}:${ino}`;
  } catch {
    return false;
  }
}
