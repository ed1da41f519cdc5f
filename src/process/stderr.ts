/** Standard error, written to so that nobody who does not read it can hold us up. */
import { writeLog } from "@ffi";

const STDERR = 2;
/** A line that nobody takes for so long is dropped: PID 1 must not wait for its readers. */
const LIMIT_MS = 200;

/** Makes a writer of whole lines, each with its line feed. */
export function openStderr(): (line: Uint8Array) => void {
  // Who was waited for once in vain is not waited for again until it takes a line.
  let limitMs = LIMIT_MS;
  return (line) => {
    const written = writeLog(STDERR, line, limitMs);
    limitMs = written === line.length ? LIMIT_MS : 0;
  };
}
