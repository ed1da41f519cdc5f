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
} from "./proc_text.ts";
import type { KernelVersion } from "./proc_text.ts";
import type { Host, ProofKernel } from "./host.ts";
import type { AgentTrial } from "./agent_protocol.ts";
import type { ProofSubject } from "./subject.ts";

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
}

/** Makes the view for one round. */
export function makeContext(
  subject: ProofSubject,
  host: Host,
  kernel: ProofKernel,
): ProofContext {
  return {
    subject,
    host,
    kernel,
    smaps: once(() => parseSmaps(host.readText("/proc/self/smaps"))),
    status: once(() => parseStatus(host.readText("/proc/self/status"))),
    cmdline: once(() => parseCmdline(host.readText("/proc/cmdline"))),
    kernelVersion: once(() =>
      parseKernelVersion(host.readText("/proc/sys/kernel/osrelease"))
    ),
    memlock: once(() => parseMemlock(host.readText("/proc/self/limits"))),
    trial: once(() => subject.agent.exercise()),
  };
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
