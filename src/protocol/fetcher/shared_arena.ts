/** Maps an arena that wrapper and fetcher share. */
import { Arena, FfiError } from "@ffi";
import { KernelError } from "@/base/errors.ts";

/**
 * Maps `bytes` of `fd` and closes it. Without memfd_secret it tolerates a refused
 * lock: the score shows it, and the minimum decides.
 *
 * @throws KernelError naming the limit to raise
 */
export function mapShared(
  fd: number,
  bytes: number,
  secretmem: boolean,
): Arena {
  try {
    return Arena.map(fd, bytes, { lock: secretmem ? "required" : "wanted" });
  } catch (error) {
    if (!(error instanceof FfiError)) throw error;
    const size = Math.ceil(bytes / 1024);
    throw new KernelError(
      `Cannot lock ${size} KiB of memory, rounded up to whole pages, for secrets (${error.code}); raise RLIMIT_MEMLOCK (ulimit -l) or grant CAP_IPC_LOCK`,
      { cause: error },
    );
  }
}
