/**
 * The table of checks: names, points and what a pass proves. Names, points, order
 * and wording are a contract (docs/ARCHITECTURE.md#the-checks); a test pins them.
 */

/** One row of the table. */
export interface CheckDefinition {
  readonly name: string;
  readonly points: number;
  /** Short description. */
  readonly title: string;
  /** What a pass proves; fixed text. */
  readonly proves: string;
}

/** The active checks: 75 points. */
export const CHECKS = [
  {
    name: "memfd_secret",
    points: 15,
    title: "secret memory",
    proves:
      "Secret pages physically removed from kernel direct map (Linux 5.14+)",
  },
  {
    name: "mlock",
    points: 10,
    title: "locked pages",
    proves: "Secret pages pinned in RAM, cannot be swapped to disk",
  },
  {
    name: "madv_dontdump",
    points: 10,
    title: "no core dumps of secrets",
    proves: "Secret pages excluded from core dumps",
  },
  {
    name: "pr_set_dumpable",
    points: 10,
    title: "process not dumpable",
    proves: "Process is non-dumpable; /proc access restricted, ptrace blocked",
  },
  {
    name: "token_protected",
    points: 10,
    title: "Vault token protected",
    proves:
      "Vault authentication token stored in protected memory (not on disk or in env)",
  },
  {
    name: "ebpf_connected",
    points: 10,
    title: "eBPF agent",
    proves: "eBPF enforcement agent is active and monitoring this process",
  },
  {
    name: "kprobes_active",
    points: 10,
    title: "synchronous blocking",
    // Any backend that blocks before the call passes: also BPF LSM and fmod_ret.
    proves:
      "Synchronous syscall blocking via kprobe override (not just reactive kill)",
  },
] as const satisfies readonly CheckDefinition[];

/** Checks that count only with `CLOUDTASER_SCORE_CHECKS=all`. */
const OPTIONAL_CHECKS = [
  {
    name: "ld_preload_active",
    points: 10,
    title: "application's own copy",
    proves:
      "LD_PRELOAD interposer active; getenv() returns memfd pointers, no heap copies",
  },
  {
    name: "confidential_computing",
    points: 20,
    title: "confidential VM",
    proves:
      "Confidential computing hardware active (AMD SEV-SNP, Intel TDX, ARM CCA); hypervisor cannot read VM memory",
  },
] as const satisfies readonly CheckDefinition[];

/** All nine: 105 points. */
export const ALL_CHECKS = [...CHECKS, ...OPTIONAL_CHECKS] as const;

/** The name of a check, as in log, status and `CLOUDTASER_REQUIRE_CHECKS`. */
export type CheckName = typeof ALL_CHECKS[number]["name"];

/** All points of the active checks: 75. */
export const MAXIMUM_SCORE: number = sumOf(CHECKS);

/** All points of all checks: 105. */
export const WHOLE_SCORE: number = sumOf(ALL_CHECKS);

/** The sum of points. */
export function sumOf(checks: readonly { readonly points: number }[]): number {
  return checks.reduce((sum, { points }) => sum + points, 0);
}

/** True for the name of a check. */
export function isCheckName(name: string): name is CheckName {
  return ALL_CHECKS.some((check) => check.name === name);
}
