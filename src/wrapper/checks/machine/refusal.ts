/**
 * Why the kernel refused protected memory, in words a person can act on. One
 * errno has several causes; they are told apart by the kernel's version, its
 * boot options, its configuration and our own seccomp mode.
 */
import { isOlder, type KernelVersion } from "./proc_text.ts";

/** All that the reason depends on. */
export interface RefusalFacts {
  readonly code: string;
  readonly call: string;
  readonly version: KernelVersion | undefined;
  readonly cmdline: ReadonlyMap<string, string>;
  /** `Seccomp:` of /proc/self/status: `2` is filter mode. */
  readonly seccomp: string | undefined;
  /** Whether the kernel was built with CONFIG_SECRETMEM, when that can be known. */
  readonly builtIn: boolean | undefined;
  readonly memlock: number | undefined;
}

/** Why memfd_secret(2), or mapping what it gave, was refused. */
export function explainRefusal(facts: RefusalFacts): string {
  const { version, code } = facts;
  if (version && isOlder(version, 5, 14)) {
    return `kernel ${version.short} < 5.14`;
  }
  if (code === "EBADFD") {
    return "memfd_secret answered success without making a file: a seccomp filter lies";
  }
  if (code === "ENOSYS") return explainMissing(facts);
  if (code === "EPERM" || code === "EACCES") {
    return facts.seccomp === "2"
      ? "blocked by seccomp"
      : `${facts.call} refused with ${code} by a security module`;
  }
  if (code === "EAGAIN" || code === "ENOMEM") return explainLimit(facts);
  return `${facts.call} answered ${code}`;
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
    return "boot option secretmem.enable=0 switches memfd_secret off, remove it";
  }
  if (facts.seccomp === "2") {
    return facts.builtIn
      ? "blocked by seccomp"
      : `memfd_secret answered ENOSYS: blocked by seccomp, or ${kernel} built without CONFIG_SECRETMEM`;
  }
  return facts.builtIn
    ? `${kernel} cannot take single pages out of its direct map (arm64: boot with rodata=full)`
    : `memfd_secret answered ENOSYS: ${kernel} built without CONFIG_SECRETMEM`;
}

function explainLimit(facts: RefusalFacts): string {
  return facts.memlock === undefined || facts.memlock === Infinity
    ? `${facts.call} answered ${facts.code}: not enough memory for locked pages`
    : explainMemlock(facts.memlock);
}

/** The reason when RLIMIT_MEMLOCK, in bytes, is in the way. */
export function explainMemlock(bytes: number): string {
  return `RLIMIT_MEMLOCK ${
    renderKib(bytes)
  } too small, grant CAP_IPC_LOCK or raise it`;
}

/** `64 KiB` */
export function renderKib(bytes: number): string {
  return `${Math.floor(bytes / 1024)} KiB`;
}

/** A boolean boot option as the kernel's kstrtobool reads it. */
function readSwitch(value: string | undefined): boolean | undefined {
  if (value === undefined) return undefined;
  if (/^(1|y|Y|t|T|on|ON|On)/.test(value)) return true;
  return /^(0|n|N|f|F|of|OF|Of)/.test(value) ? false : undefined;
}
