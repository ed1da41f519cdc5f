/**
 * Reads files that settings name: only regular ones, up to a size limit. A FIFO
 * would block, a device never ends.
 */
import { formatBytes } from "./bytes.ts";

/** A CA bundle may be large; other files have a few kilobytes. */
const MOST_BYTES = 4 * 1024 * 1024;

/** A file that is not read; the message says why. */
export class FileRefusal extends Error {
  override readonly name = "FileRefusal";
}

/**
 * Reads a regular file as UTF-8. Size 0 is read as empty, because some /proc
 * files block.
 *
 * @param onOpen called with the opened file before it is read
 * @throws FileRefusal, or Deno.errors.* of stat, open and read
 */
export function readRegularText(
  path: string,
  limit = MOST_BYTES,
  onOpen?: (file: Deno.FileInfo) => void,
): string {
  refuse(Deno.statSync(path), limit);
  using file = Deno.openSync(path);
  // The path may lead to another file by now.
  const opened = refuse(file.statSync(), limit);
  onOpen?.(opened);
  const { size } = opened;
  const bytes = new Uint8Array(size);
  let filled = 0;
  while (filled < size) {
    const count = file.readSync(bytes.subarray(filled));
    if (!count) break;
    filled += count;
  }
  return new TextDecoder().decode(bytes.subarray(0, filled));
}

function refuse(file: Deno.FileInfo, limit: number): Deno.FileInfo {
  if (file.isDirectory) throw new FileRefusal("is a directory");
  if (!file.isFile) {
    throw new FileRefusal(`is ${describeKind(file)}: name a regular file`);
  }
  if (file.size > limit) {
    throw new FileRefusal(`is larger than ${formatBytes(limit)}`);
  }
  return file;
}

function describeKind(file: Deno.FileInfo): string {
  if (file.isFifo) return "a FIFO";
  return file.isSocket ? "a socket" : "a device";
}
