/**
 * Proofs about the arenas' pages: memfd_secret, mlock, madv_dontdump. Each
 * looks at what the kernel says of every page, and each has a control: the same
 * look at ordinary memory must give the opposite answer.
 */
import {
  absent,
  type Evidence,
  type Finding,
  inForce,
  unknown,
} from "@/score/evidence.ts";
import {
  explainInheritance,
  mappingsOf,
  type ProofContext,
} from "./context.ts";
import { readKernelSupport } from "@/wrapper/checks/machine/kernel_support.ts";
import type { MappingDetail } from "@/wrapper/checks/machine/proc_text.ts";
import { hasCapability } from "@/wrapper/checks/machine/proc_text.ts";
import {
  explainMemlock,
  explainRefusal,
  renderKib,
} from "@/wrapper/checks/machine/refusal.ts";

const CAP_IPC_LOCK = 14;
const ATTACKS_PER_ARENA = 64;
const PAGE = 4096;
/** Name of a mapping of memfd_secret(2). */
const SECRETMEM = /^\/secretmem( \(deleted\))?$/;

/** Secret memory: it is one by name, cannot be read, and cannot be mapped by anyone else. */
export async function proveSecretMemory(
  context: ProofContext,
): Promise<Evidence> {
  const finding: Finding = {
    check: "memfd_secret",
    source: "/proc/self/smaps, a read by the kernel",
  };
  const { subject, kernel } = context;
  if (subject.arenas.length === 0) return noArena(finding);
  if (subject.secretmemRefusal) return await refused(context);
  const regions = readRegions(context);
  if (typeof regions === "string") return absent(finding, regions);
  if (!regions.every(({ name }) => SECRETMEM.test(name))) {
    return absent(finding, "protected memory is ordinary locked memory");
  }
  const substitute = findSubstitute(context);
  if (substitute) return absent(finding, substitute);
  if (subject.arenas.some((arena) => arena.fdIsOpen())) {
    return absent(
      finding,
      "a descriptor of secret memory is open and could be taken by pidfd_getfd",
    );
  }
  const ordinary = new Uint8Array(64).fill(1);
  const control = kernel.read(ordinary, 16);
  if (control !== 16) {
    const error = kernel.errnoName(-control);
    return unknown(
      finding,
      `cannot be proven: a read of ordinary memory answers ${error} too`,
    );
  }
  const failure = attackPages(context);
  if (failure) return absent(finding, failure);
  return inForce(
    finding,
    `Kernel ${context.kernelVersion()?.full ?? ""} supports memfd_secret`,
  );
}

/**
 * Who could have answered memfd_secret(2) in the kernel's place, and kept the file.
 * One who has let go of the listener since is found by the call itself: the filter
 * stays, and without a listener it answers ENOSYS (seccomp(2)).
 */
function findSubstitute(context: ProofContext): string | undefined {
  const supervisor = context.supervisor();
  if (supervisor !== undefined) return supervisor;
  const error = context.kernel.refusesSecretMemory();
  return error === undefined
    ? undefined
    : `memfd_secret(2) fails now with ${error}: another process may have answered it before`;
}

async function refused(context: ProofContext): Promise<Evidence> {
  const refusal = context.subject.secretmemRefusal;
  const code = refusal?.code ?? "";
  const support = code === "ENOSYS"
    ? await readKernelSupport(context.host)
    : undefined;
  const reason = explainRefusal({
    code,
    call: refusal?.call ?? "memfd_secret",
    version: context.kernelVersion(),
    cmdline: context.cmdline(),
    seccomp: context.status().get("Seccomp"),
    builtIn: support?.secretmem,
    memlock: context.memlock(),
  });
  const finding: Finding = {
    check: "memfd_secret",
    source: `${refusal?.call}: ${code}`,
  };
  return absent(finding, reason);
}

/** Reads from pages of every arena. Says what went wrong, or nothing. */
function attackPages(context: ProofContext): string | undefined {
  const { kernel } = context;
  for (const arena of context.subject.arenas) {
    const { start, bytes } = arena.bounds();
    const pages = Math.ceil(bytes / PAGE);
    const step = Math.max(1, Math.floor(pages / ATTACKS_PER_ARENA));
    for (let page = 0; page < pages; page += step) {
      const answer = kernel.read({ start: start + BigInt(page * PAGE) }, 16);
      if (answer >= 0) return "the kernel read protected memory";
      const error = kernel.errnoName(-answer);
      if (error !== "EFAULT") {
        return `a read of protected memory answered ${error} instead of EFAULT`;
      }
    }
  }
  return undefined;
}

/** Locked pages: `lo`, resident, and counted as locked. */
export function proveLocked(context: ProofContext): Evidence {
  const finding: Finding = { check: "mlock", source: "/proc/self/smaps" };
  if (context.subject.arenas.length === 0) return noArena(finding);
  const regions = readRegions(context);
  if (typeof regions === "string") return absent(finding, regions);
  if (!controls(context).some((one) => !isLocked(one))) {
    return unknown(finding, "cannot be proven: all memory reads as locked");
  }
  const memlock = context.memlock();
  if (!regions.every(isLocked)) {
    return absent(
      finding,
      memlock === undefined || memlock === Infinity
        ? "pages of protected memory are not locked"
        : explainMemlock(memlock),
    );
  }
  const capable = hasCapability(context.status(), CAP_IPC_LOCK);
  return inForce(
    finding,
    capable
      ? "CAP_IPC_LOCK granted, pages locked"
      : `Pages locked within RLIMIT_MEMLOCK ${
        memlock === undefined || memlock === Infinity
          ? "unlimited"
          : renderKib(memlock)
      }`,
  );
}

/**
 * `Locked:` is counted in shares, as `Pss:` is: an arena may be shared with a
 * fetcher. Secret memory says nothing of it since Linux 6.12.107 and needs not:
 * its pages are on no list of what may be swapped (mm/secretmem.c,
 * mapping_set_unevictable) from their first day.
 */
function isLocked(one: MappingDetail): boolean {
  if (SECRETMEM.test(one.name) && !one.flags.includes("lo")) {
    return one.rssKib >= one.sizeKib;
  }
  return one.flags.includes("lo") && one.rssKib >= one.sizeKib &&
    one.lockedKib > 0 && one.lockedKib === one.pssKib;
}

/** No core dump takes them, a child's neither: `dd` and `dc`. */
export function proveDontDump(context: ProofContext): Evidence {
  const finding: Finding = {
    check: "madv_dontdump",
    source: "/proc/self/smaps",
  };
  if (context.subject.arenas.length === 0) return noArena(finding);
  const regions = readRegions(context);
  if (typeof regions === "string") return absent(finding, regions);
  if (!controls(context).some((one) => !one.flags.includes("dd"))) {
    return unknown(
      finding,
      "cannot be proven: all memory reads as excluded from dumps",
    );
  }
  if (!regions.every((one) => one.flags.includes("dd"))) {
    return absent(
      finding,
      "pages of protected memory are not excluded from core dumps",
    );
  }
  // A child has no such flag to lose: what it inherits its dump may hold.
  const inherited = explainInheritance(context);
  if (inherited !== undefined) return absent(finding, inherited);
  return inForce(finding, "Core dump exclusion active");
}

/** All mappings of all arenas, or what is wrong with them. */
function readRegions(context: ProofContext): MappingDetail[] | string {
  const all: MappingDetail[] = [];
  for (const arena of context.subject.arenas) {
    const { mappings, covered } = mappingsOf(context.smaps(), arena.bounds());
    if (!covered) return "protected memory is no longer mapped";
    all.push(...mappings);
  }
  return all;
}

/** Ordinary memory of ours, resident and writable, that no arena has. */
function controls(context: ProofContext): MappingDetail[] {
  const arenas = context.subject.arenas.map((arena) => arena.bounds());
  return context.smaps().filter((one) =>
    one.permissions.startsWith("rw") && one.rssKib > 0 &&
    arenas.every(({ start, bytes }) =>
      one.end <= start || one.start >= start + BigInt(bytes)
    )
  );
}

function noArena(finding: Finding): Evidence {
  return absent(finding, "no protected memory is mapped");
}
