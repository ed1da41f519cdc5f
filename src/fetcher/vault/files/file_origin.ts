/**
 * The file system that a file lay on when it was read. The path may lead to
 * another file a moment later: only the opened file itself tells.
 */
import type { FileOrigin } from "@/protocol/fetcher/messages.ts";

let tell: ((origin: FileOrigin) => void) | undefined;

/** Names who is told of every file that a setting names, when it is read. */
export function onFileRead(listener: (origin: FileOrigin) => void): void {
  tell = listener;
}

/** Called while the file is open: until it is closed no other file system has its device number. */
export function tellOrigin(path: string, { dev }: Deno.FileInfo): void {
  tell?.({ path, fileSystem: findFileSystem(dev, readMounts()) });
}

/** The type of the mounted file system with this `st_dev`. btrfs and some overlays have others for their files. */
export function findFileSystem(
  device: number,
  mountinfo: string,
): string | undefined {
  const number = describeDevice(device);
  for (const line of mountinfo.split("\n")) {
    // 36 35 98:0 /root /point options optional… - type source options
    const [before = "", after] = line.split(" - ");
    if (before.split(" ")[2] === number) return after?.split(" ")[0];
  }
  return undefined;
}

/** As `major:minor`. Of both, the lower bits come first, see makedev(3). */
function describeDevice(device: number): string {
  const bits = BigInt(device);
  const major = (bits >> 8n & 0xfffn) | (bits >> 32n & 0xfffff000n);
  const minor = (bits & 0xffn) | (bits >> 12n & 0xffffff00n);
  return `${major}:${minor}`;
}

function readMounts(): string {
  try {
    return Deno.readTextFileSync("/proc/self/mountinfo");
  } catch {
    // Then no file system is known, and nothing passes.
    return "";
  }
}
