/** Messages and exit codes for a failed start of the application. */
import type { FfiError } from "@ffi";
import { EXIT, WrapperError } from "@/base/errors.ts";
import { safeText } from "@/base/text.ts";

/** Most characters of an argument in a message. */
const ARGUMENT_LENGTH = 200;

/** An argument for a message, quoted. */
export function show(word: Uint8Array | undefined): string {
  const text = new TextDecoder().decode(word?.subarray(0, -1));
  return JSON.stringify(safeText(text, ARGUMENT_LENGTH));
}

const NOT_FOUND = {
  why: "no such file in the image, or its interpreter is missing",
  exitCode: EXIT.notFound,
};
const NO_PROCESS = {
  why:
    "cannot create a process; raise the process limit (RLIMIT_NPROC, pids.max) or the memory limit",
  exitCode: EXIT.kernel,
};
const NOT_EXECUTABLE = {
  why: "not executable for this user",
  exitCode: EXIT.notExecutable,
};

const FAILURES: Readonly<Record<string, { why: string; exitCode: number }>> = {
  ENOENT: NOT_FOUND,
  ENOTDIR: NOT_FOUND,
  EACCES: NOT_EXECUTABLE,
  EPERM: NOT_EXECUTABLE,
  EAGAIN: NO_PROCESS,
  ENOMEM: NO_PROCESS,
  EMFILE: {
    why: "too many open files; raise RLIMIT_NOFILE",
    exitCode: EXIT.kernel,
  },
  E2BIG: {
    why:
      "arguments and environment exceed the kernel's limit; use fewer or smaller secrets",
    exitCode: EXIT.kernel,
  },
};

/** The error for a failed execve. */
export function describeFailure(program: Uint8Array, { code }: FfiError) {
  const { why, exitCode } = FAILURES[code] ??
    {
      why: "the kernel cannot run it; check its format and architecture",
      exitCode: EXIT.notExecutable,
    };
  return new WrapperError(
    `Cannot start ${show(program)}: ${why} (${code})`,
    exitCode,
  );
}
