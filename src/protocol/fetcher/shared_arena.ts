/** Maps an arena that wrapper and fetcher share, on either side. */
import { Arena, FfiError } from "@ffi";
import { KernelError } from "@/base/errors.ts";

/**
 * Maps `bytes` of `fd` and closes it. Without memfd_secret a refused lock is
 * tolerated: the score tells of it, and the minimum decides.
 *
 * @throws KernelError with the limit that is in the way
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
      `Cannot lock ${size} KiB of memory for the secrets (${error.code}): raise RLIMIT_MEMLOCK (ulimit -l) or grant CAP_IPC_LOCK`,
      { cause: error },
    );
  }
}
