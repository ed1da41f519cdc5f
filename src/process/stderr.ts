/** Standard error: writes without waiting for a slow reader, and whether journald reads it. */
import { writeLog } from "@ffi";

const STDERR = 2;
const LINE_FEED = 10;
/** A line that cannot be written within this time is dropped. */
const LIMIT_MS = 200;

/** Makes a writer of lines, which end with a line feed. */
export function openStderr(fd = STDERR): (line: Uint8Array) => void {
  // After one timeout, do not block again until a write succeeds.
  let limitMs = LIMIT_MS;
  let isCut = false;
  return (line) => {
    const bytes = isCut ? new Uint8Array([LINE_FEED, ...line]) : line;
    const written = writeLog(fd, bytes, limitMs);
    limitMs = written === bytes.length ? LIMIT_MS : 0;
    // The next line must not continue one that was written in part.
    if (written > 0) isCut = written < bytes.length;
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
