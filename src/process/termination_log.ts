/**
 * The file whose content Kubernetes shows as the message of a container's last
 * state: one line says why the wrapper ended by itself. Not for secrets.
 */
import { safeText } from "@/base/text.ts";

/** The default of a container's terminationMessagePath. */
const PATH = "/dev/termination-log";
/** Owners: root, and whom a user namespace shows for one that is not mapped. */
const OWNERS = [0, 65534];
/** Kubernetes shows 4096 bytes; a character has at most four. */
const MOST_CHARACTERS = 1024;

/**
 * Replaces its content, if the kubelet made it. Never throws: the log has the line
 * too.
 *
 * @param exitCode of the wrapper, which an application may use as well
 * @param open for tests, which exchange the file before
 */
export function writeTerminationLog(
  message: string,
  exitCode: number,
  path = PATH,
  open: (path: string) => Deno.FsFile = openToWrite,
): void {
  const whose = ` (exit code ${exitCode} of cloudtaser-wrapper)`;
  const text = safeText(message, MOST_CHARACTERS - whose.length) + whose;
  try {
    const named = Deno.lstatSync(path);
    // Neither a link nor a second name of a file that another user chose, and no FIFO.
    if (!named.isFile || named.nlink !== 1) return;
    if (named.uid !== Deno.uid() && !OWNERS.includes(named.uid ?? -1)) return;
    using file = open(path);
    // The path may lead to another file by now.
    const { dev, ino } = file.statSync();
    if (dev !== named.dev || ino !== named.ino) return;
    file.truncateSync(0);
    file.writeSync(new TextEncoder().encode(`${text}\n`));
  } catch {
    // Not in Kubernetes, or not writable.
  }
}

function openToWrite(path: string): Deno.FsFile {
  return Deno.openSync(path, { write: true });
}
