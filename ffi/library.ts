/**
 * Opens the shim at the first call, never at import. Its bytes are part of the
 * program. Deno opens libraries by path, so the bytes are written to a memfd:
 * this works in images without a writable directory. It must happen before the
 * process becomes non-dumpable (`/proc/self/fd` then belongs to root).
 */
import shim from "../c/build/libct.so" with { type: "bytes" };
import { SYMBOLS } from "./symbols.ts";

/** CT_ABI of `c/ct.h`. */
const ABI = 2;
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
/** The shim's functions. */
export type Shim = Deno.DynamicLibrary<typeof SYMBOLS>["symbols"];

let opened: Shim | undefined;

/** Creates an empty executable memfd. Linux before 6.3 has no flag for this: all are. */
function makeFile(libc: Libc): number {
  const name = new TextEncoder().encode("libct\0");
  const fd = libc.memfd_create(name, MFD_CLOEXEC | MFD_EXEC);
  return fd >= 0 ? fd : libc.memfd_create(name, MFD_CLOEXEC);
}

function fill(libc: Libc, fd: number): void {
  for (let done = 0; done < shim.length;) {
    const rest = shim.subarray(done);
    const written = Number(libc.write(fd, rest, BigInt(rest.length)));
    if (written <= 0) throw new Error("Cannot write the shim into a memfd");
    done += written;
  }
}

function open(): Shim {
  const libc = Deno.dlopen("libc.so.6", LIBC);
  const fd = makeFile(libc.symbols);
  // A seccomp filter may report success with 0, which is standard input: our file has FD_CLOEXEC.
  if (fd < 0 || libc.symbols.fcntl(fd, F_GETFD) !== FD_CLOEXEC) {
    throw new Error(
      "Cannot create a memfd for the shim: memfd_create failed; check vm.memfd_noexec and the seccomp profile",
    );
  }
  try {
    fill(libc.symbols, fd);
    return Deno.dlopen(`/proc/self/fd/${fd}`, SYMBOLS).symbols;
  } finally {
    libc.symbols.close(fd);
    libc.close();
  }
}

/**
 * The shim's functions. Opens the shim at the first call.
 *
 * @throws {Error} when the kernel forbids it, or the library is a stale build.
 */
export function library(): Shim {
  if (opened !== undefined) return opened;
  const fresh = open();
  const abi = fresh.ct_abi();
  if (abi !== ABI) {
    throw new Error(`The shim has ABI ${abi}, expected ${ABI}: rebuild it`);
  }
  opened = fresh;
  return opened;
}
