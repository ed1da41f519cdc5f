/**
 * What the proofs of one round share, so that each /proc file is read once a
 * round. Nothing is kept between rounds.
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
import type { ProofSubject } from "@/wrapper/checks/machine/subject.ts";

/** One round's view of the machine. Each member reads at its first call. */
export interface ProofContext {
  readonly subject: ProofSubject;
  readonly host: Host;
  readonly kernel: ProofKernel;
  /** @throws Deno.errors.* when /proc is not there. */
  smaps(): readonly MappingDetail[];
  status(): ReadonlyMap<string, string>;
  cmdline(): ReadonlyMap<string, string>;
  kernelVersion(): KernelVersion | undefined;
  /** Soft RLIMIT_MEMLOCK in bytes. */
  memlock(): number | undefined;
  trial(): Promise<AgentTrial>;
  /** Who may answer our system calls in the kernel's place, in words; undefined: no other process. */
  supervisor(): string | undefined;
}

/** Makes the view for one round. */
export function makeContext(
  subject: ProofSubject,
  host: Host,
  kernel: ProofKernel,
): ProofContext {
  const context: ProofContext = {
    subject,
    host,
    kernel,
    smaps: once(() => parseSmaps(host.readText("/proc/self/smaps"))),
    status: once(() => parseStatus(host.readText("/proc/self/status"))),
    cmdline: once(() => parseCmdline(readCmdline(host))),
    kernelVersion: once(() => parseKernelVersion(kernel.release())),
    memlock: once(() => parseMemlock(host.readText("/proc/self/limits"))),
    trial: once(() => exercise(context)),
    supervisor: once(() => explainListener(kernel.supervisor())),
  };
  return context;
}

/** A procfs with subset=pid has none; it only makes reasons better. */
function readCmdline(host: Host): string {
  try {
    return host.readText("/proc/cmdline");
  } catch {
    return "";
  }
}

/** No child attacks us with our secrets in its own memory. */
async function exercise(context: ProofContext): Promise<AgentTrial> {
  const failure = explainInheritance(context);
  if (failure === undefined) return await context.subject.agent.exercise();
  return { failure, unreachable: false, listed: false };
}

/**
 * Why children that are forked would have our secrets, if they would: a page of an
 * arena without `dc` (MADV_DONTFORK). What the kernel did, whatever madvise(2) has
 * answered. Other arenas each child looks for itself (c/attacker.c).
 */
export function explainInheritance(context: ProofContext): string | undefined {
  let smaps: readonly MappingDetail[];
  try {
    smaps = context.smaps();
  } catch {
    // Then only the children look.
    return undefined;
  }
  const pages = context.subject.arenas.flatMap((arena) =>
    mappingsOf(smaps, arena.bounds()).mappings
  );
  return pages.every(({ flags }) => flags.includes("dc"))
    ? undefined
    : "children inherit protected memory: MADV_DONTFORK is not in force";
}

/** The mappings that lie in an arena, and whether they cover all of it. */
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

/** Remembers the first result; a throw is thrown again and not remembered. */
function once<T>(read: () => T): () => T {
  let kept: { value: T } | undefined;
  return () => (kept ??= { value: read() }).value;
}
