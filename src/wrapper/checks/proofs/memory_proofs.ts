/**
 * Proofs about the arenas' pages: memfd_secret, mlock, madv_dontdump. Each reads what
 * the kernel reports for every page. Each has a control: ordinary memory must give
 * the opposite result.
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
} from "@/wrapper/checks/machine/refusal.ts";
import { formatBytes } from "@/base/bytes.ts";

const CAP_IPC_LOCK = 14;
const ATTACKS_PER_ARENA = 64;
/** The smallest page: larger ones, of 16 or 64 KiB, are read more than once. */
const PAGE = 4096;
/** Name of a mapping of memfd_secret(2). */
const SECRETMEM = /^\/secretmem( \(deleted\))?$/;

/** Secret memory: the mapping has its name, cannot be read, and no other process can map it. */
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
  const substitute = await findSubstitute(context);
  if (substitute) return absent(finding, substitute);
  if (subject.arenas.some((arena) => arena.fdIsOpen())) {
    return absent(
      finding,
      "a descriptor of secret memory is open and could be taken by pidfd_getfd: restart the pod and report it",
    );
  }
  const ordinary = new Uint8Array(64).fill(1);
  const control = kernel.read(ordinary, 16);
  if (control !== 16) {
    const error = kernel.errnoName(-control);
    return unknown(
      finding,
      `cannot be proven: reading ordinary memory failed with ${error} too`,
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
 * The reason if another process may have answered memfd_secret(2) instead of the
 * kernel and kept the file. If it has closed its seccomp listener since, the call
 * itself shows that: the filter stays and then fails with ENOSYS (seccomp(2)).
 */
async function findSubstitute(
  context: ProofContext,
): Promise<string | undefined> {
  const listener = await context.seccompListener();
  if (listener !== undefined) return listener;
  const error = context.kernel.trySecretMemory();
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

/** Tries to read pages of every arena. A reason if a read succeeds or fails in another way. */
function attackPages(context: ProofContext): string | undefined {
  const { kernel } = context;
  for (const arena of context.subject.arenas) {
    const { start, bytes } = arena.bounds();
    const pages = Math.ceil(bytes / PAGE);
    const step = Math.max(1, Math.floor(pages / ATTACKS_PER_ARENA));
    for (let page = 0; page < pages; page += step) {
      const answer = kernel.read({ start: start + BigInt(page * PAGE) }, 16);
      if (answer >= 0) {
        return "the kernel read protected memory: take the node out of service";
      }
      const error = kernel.errnoName(-answer);
      if (error !== "EFAULT") {
        return `reading protected memory failed with ${error} instead of EFAULT`;
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
    return unknown(
      finding,
      "cannot be proven: the kernel reports all memory as locked",
    );
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
          : formatBytes(memlock)
      }`,
  );
}

/**
 * `Locked:` is proportional, like `Pss:`: an arena may be shared with a fetcher.
 * Since Linux 6.12.107 secret memory has no `lo` flag and does not need it: its pages
 * are always unevictable (mm/secretmem.c, mapping_set_unevictable).
 */
function isLocked(one: MappingDetail): boolean {
  if (SECRETMEM.test(one.name) && !one.flags.includes("lo")) {
    return one.rssKib >= one.sizeKib;
  }
  return one.flags.includes("lo") && one.rssKib >= one.sizeKib &&
    one.lockedKib > 0 && one.lockedKib === one.pssKib;
}

/** Excluded from core dumps (`dd`), also from those of children (`dc`). */
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
      "cannot be proven: the kernel reports all memory as excluded from dumps",
    );
  }
  if (!regions.every((one) => one.flags.includes("dd"))) {
    return absent(
      finding,
      "pages of protected memory are not excluded from core dumps",
    );
  }
  // A child's core dump may contain what it inherits.
  const inherited = explainInheritance(context);
  if (inherited !== undefined) return absent(finding, inherited);
  return inForce(finding, "Core dump exclusion active");
}

/** All mappings of all arenas, or a reason. */
function readRegions(context: ProofContext): MappingDetail[] | string {
  const all: MappingDetail[] = [];
  for (const arena of context.subject.arenas) {
    const { mappings, covered } = mappingsOf(context.smaps(), arena.bounds());
    if (!covered) return "protected memory is no longer mapped";
    all.push(...mappings);
  }
  return all;
}

/** Resident, writable memory of this process outside the arenas. */
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
