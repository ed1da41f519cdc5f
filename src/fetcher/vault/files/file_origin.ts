/**
 * The file system of a file when it is read, from the open file: the path may
 * lead to another file later.
 */
import type { FileOrigin } from "@/protocol/fetcher/messages.ts";

let listener: ((origin: FileOrigin) => void) | undefined;

/** Sets the listener for files that settings name, called when one is read. */
export function onFileRead(report: (origin: FileOrigin) => void): void {
  listener = report;
}

/** Call this while the file is open: until then its device number cannot be reused. */
export function reportOrigin(path: string, { dev }: Deno.FileInfo): void {
  listener?.({ path, fileSystem: findFileSystem(dev, readMounts()) });
}

/** The type of the mounted file system with this `st_dev`. Files of btrfs and some overlays have other numbers. */
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

/** As `major:minor`, see makedev(3). */
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
    // Without it no file system is known, and the check fails.
    return "";
  }
}
