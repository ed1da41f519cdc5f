/**
 * A library as a file in memory, for a binary of `deno compile` alone: Deno opens
 * libraries by path, and an image may have no writable directory.
 */

const MFD_CLOEXEC = 1;
const MFD_EXEC = 0x10;
const F_GETFD = 1;
const FD_CLOEXEC = 1;

const LIBC = {
  // int memfd_create(const char *name, unsigned int flags);
  memfd_create: { parameters: ["buffer", "u32"], result: "i32" },
  // ssize_t write(int fd, const void *buf, size_t count);
  write: { parameters: ["i32", "buffer", "usize"], result: "isize" },
  // int fcntl(int fd, int op);
  fcntl: { parameters: ["i32", "i32"], result: "i32" },
  // int close(int fd);
  close: { parameters: ["i32"], result: "i32" },
} as const satisfies Deno.ForeignLibraryInterface;

type Libc = Deno.DynamicLibrary<typeof LIBC>["symbols"];

/** Creates an empty executable memfd. Linux before 6.3 has no flag for this: all are. */
function makeFile(libc: Libc): number {
  const name = new TextEncoder().encode("libct\0");
  const fd = libc.memfd_create(name, MFD_CLOEXEC | MFD_EXEC);
  return fd >= 0 ? fd : libc.memfd_create(name, MFD_CLOEXEC);
}

function fill(libc: Libc, fd: number, bytes: Uint8Array<ArrayBuffer>): void {
  for (let done = 0; done < bytes.length;) {
    const rest = bytes.subarray(done);
    const written = Number(libc.write(fd, rest, BigInt(rest.length)));
    if (written <= 0) throw new Error("Cannot write the shim into a memfd");
    done += written;
  }
}

/**
 * Passes `use` the path of a file with these bytes, which exists until it returns.
 * Works only before the process becomes non-dumpable: `/proc/self/fd` then belongs
 * to root.
 *
 * @throws {Error} when the kernel or a seccomp profile forbids it.
 */
export function withMemoryFile<T>(
  bytes: Uint8Array<ArrayBuffer>,
  use: (path: string) => T,
): T {
  const libc = Deno.dlopen("libc.so.6", LIBC);
  const fd = makeFile(libc.symbols);
  // A seccomp filter may report success with 0, which is standard input: our file has FD_CLOEXEC.
  if (fd < 0 || libc.symbols.fcntl(fd, F_GETFD) !== FD_CLOEXEC) {
    throw new Error(
      "Cannot create a memfd for the shim: memfd_create failed; check vm.memfd_noexec and the seccomp profile",
    );
  }
  try {
    fill(libc.symbols, fd, bytes);
    return use(`/proc/self/fd/${fd}`);
  } finally {
    libc.symbols.close(fd);
    libc.close();
  }
}
