/**
 * Explains why the kernel refused protected memory. One errno has several causes;
 * the kernel's version, boot options and configuration and our own seccomp mode
 * decide which one applies.
 */
import { formatBytes } from "@/base/bytes.ts";
import { isOlder, type KernelVersion } from "./proc_text.ts";

/** Input for the explanation. */
export interface RefusalFacts {
  readonly code: string;
  readonly call: string;
  readonly version: KernelVersion | undefined;
  readonly cmdline: ReadonlyMap<string, string>;
  /** `Seccomp:` of /proc/self/status: `2` is filter mode. */
  readonly seccomp: string | undefined;
  /** Whether the kernel was built with CONFIG_SECRETMEM; undefined: unknown. */
  readonly builtIn: boolean | undefined;
  readonly memlock: number | undefined;
}

/** Why memfd_secret(2), or mapping its file, failed. */
export function explainRefusal(facts: RefusalFacts): string {
  const { version, code } = facts;
  if (version && isOlder(version, 5, 14)) {
    return `kernel ${version.short} < 5.14`;
  }
  if (code === "EBADFD") {
    return "memfd_secret reported success without creating a file: a seccomp filter faked the result";
  }
  if (code === "ENOSYS") return explainMissing(facts);
  if (code === "EPERM" || code === "EACCES") {
    return facts.seccomp === "2"
      ? "blocked by seccomp"
      : `${facts.call} refused with ${code} by a security module`;
  }
  if (code === "EAGAIN" || code === "ENOMEM") return explainLimit(facts);
  return `${facts.call} failed with ${code}`;
}

function explainMissing(facts: RefusalFacts): string {
  const { version } = facts;
  const kernel = `kernel ${version?.short ?? "of unknown version"}`;
  if (facts.builtIn === false) {
    return `${kernel} built without CONFIG_SECRETMEM`;
  }
  const option = readSwitch(facts.cmdline.get("secretmem.enable"));
  if (version && isOlder(version, 6, 5) && option !== true) {
    return `${kernel} needs boot option secretmem.enable=1`;
  }
  if (option === false) {
    return "boot option secretmem.enable=0 disables memfd_secret, remove it";
  }
  if (facts.seccomp === "2") {
    return facts.builtIn
      ? "blocked by seccomp"
      : `memfd_secret failed with ENOSYS: blocked by seccomp, or ${kernel} built without CONFIG_SECRETMEM`;
  }
  return facts.builtIn
    ? `${kernel} cannot remove single pages from its direct map (arm64: boot with rodata=full)`
    : `memfd_secret failed with ENOSYS: ${kernel} built without CONFIG_SECRETMEM`;
}

function explainLimit(facts: RefusalFacts): string {
  return facts.memlock === undefined || facts.memlock === Infinity
    ? `${facts.call} failed with ${facts.code}: not enough memory for locked pages`
    : explainMemlock(facts.memlock);
}

/** The reason when RLIMIT_MEMLOCK (in bytes) is too small. */
export function explainMemlock(bytes: number): string {
  return `RLIMIT_MEMLOCK ${
    formatBytes(bytes)
  } too small, grant CAP_IPC_LOCK or raise it`;
}

/** A boolean boot option as the kernel's kstrtobool reads it. */
function readSwitch(value: string | undefined): boolean | undefined {
  if (value === undefined) return undefined;
  if (/^(1|y|Y|t|T|on|ON|On)/.test(value)) return true;
  return /^(0|n|N|f|F|of|OF|Of)/.test(value) ? false : undefined;
}
