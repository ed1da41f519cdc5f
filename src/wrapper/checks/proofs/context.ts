/**
 * State that the proofs of one round share: each /proc file is read once per round.
 * Nothing is kept between rounds.
 */
import {
  type MappingDetail,
  parseCmdline,
  parseKernelVersion,
  parseMemlock,
  parseSmaps,
  parseStatus,
} from "@/wrapper/checks/machine/proc_text.ts";
import type { KernelVersion } from "@/wrapper/checks/machine/proc_text.ts";
import type { Host, ProofKernel } from "@/wrapper/checks/machine/host.ts";
import { explainListener } from "@/wrapper/checks/agent/interference.ts";
import type { AgentTrial } from "@/protocol/agent.ts";
import type { ProofSubject } from "./subject.ts";

/** One round's view of the machine. Each member reads at its first call. */
export interface ProofContext {
  readonly subject: ProofSubject;
  readonly host: Host;
  readonly kernel: ProofKernel;
  /** The mappings of the arenas, and of ordinary memory. @throws FfiError when /proc is not there. */
  smaps(): readonly MappingDetail[];
  status(): ReadonlyMap<string, string>;
  cmdline(): ReadonlyMap<string, string>;
  kernelVersion(): KernelVersion | undefined;
  /** Soft RLIMIT_MEMLOCK in bytes. */
  memlock(): number | undefined;
  trial(): Promise<AgentTrial>;
  /** Why another process may be answering our system calls (seccomp_unotify); undefined: none does. */
  seccompListener(): Promise<string | undefined>;
}

/** Makes the context of one round. */
export function makeContext(
  subject: ProofSubject,
  host: Host,
  kernel: ProofKernel,
): ProofContext {
  const context: ProofContext = {
    subject,
    host,
    kernel,
    smaps: once(() => {
      const memory = subject.arenas.map((arena) => arena.bounds());
      return parseSmaps(host.readSmaps(memory));
    }),
    status: once(() => parseStatus(host.readText("/proc/self/status"))),
    cmdline: once(() => parseCmdline(readCmdline(host))),
    kernelVersion: once(() => parseKernelVersion(kernel.release())),
    memlock: once(() => parseMemlock(host.readText("/proc/self/limits"))),
    trial: once(() => exercise(context)),
    seccompListener: once(async () =>
      explainListener(await kernel.seccompListener())
    ),
  };
  return context;
}

/** "" if procfs is mounted with subset=pid: the text only improves reasons. */
function readCmdline(host: Host): string {
  try {
    return host.readText("/proc/cmdline");
  } catch {
    return "";
  }
}

/** Skips the attack if children inherit our secrets. */
async function exercise(context: ProofContext): Promise<AgentTrial> {
  const failure = explainInheritance(context);
  if (failure === undefined) return await context.subject.agent.exercise();
  return { failure, unreachable: false, listed: false };
}

/**
 * The reason if forked children inherit our secrets: a page of an arena lacks the
 * flag `dc` (MADV_DONTFORK), whatever madvise(2) returned. In addition each child
 * checks for arenas itself (c/attacker.c).
 */
export function explainInheritance(context: ProofContext): string | undefined {
  let smaps: readonly MappingDetail[];
  try {
    smaps = context.smaps();
  } catch {
    // Only the children's own check remains.
    return undefined;
  }
  const pages = context.subject.arenas.flatMap((arena) =>
    mappingsOf(smaps, arena.bounds()).mappings
  );
  return pages.every(({ flags }) => flags.includes("dc"))
    ? undefined
    : "children inherit protected memory: MADV_DONTFORK is not in force";
}

/** The mappings within an arena, and whether they cover all of it. */
export function mappingsOf(
  smaps: readonly MappingDetail[],
  bounds: { readonly start: bigint; readonly bytes: number },
): { mappings: MappingDetail[]; covered: boolean } {
  const end = bounds.start + BigInt(bounds.bytes);
  const mappings = smaps.filter((one) =>
    one.start < end && one.end > bounds.start
  );
  let reached = bounds.start;
  for (const one of mappings) if (one.start <= reached) reached = one.end;
  return { mappings, covered: reached >= end };
}

/** Caches the first result. Errors are not cached. */
function once<T>(read: () => T): () => T {
  let kept: { value: T } | undefined;
  return () => (kept ??= { value: read() }).value;
}
