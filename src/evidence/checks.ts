/**
 * The catalogue of checks, in the specification's order: names, points and
 * what a pass proves. Points stand here and nowhere else. Nothing in this
 * file looks at the machine.
 */

/** One row of the specification's table. */
export interface CheckDefinition {
  readonly name: string;
  readonly points: number;
  /** A few words for a person. */
  readonly title: string;
  /** What a pass proves, in the specification's words. */
  readonly proves: string;
}

/** The active checks. `ld_preload_active` and `confidential_computing` are planned and not here. */
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
    proves:
      "Synchronous syscall blocking via kprobe override (not just reactive kill)",
  },
] as const satisfies readonly CheckDefinition[];

/** The name of an active check, as in log, status and `CLOUDTASER_REQUIRE_CHECKS`. */
export type CheckName = typeof CHECKS[number]["name"];

/** All points of the active checks: 75. */
export const MAXIMUM_SCORE: number = CHECKS.reduce(
  (sum, check) => sum + check.points,
  0,
);

/** True when `name` is the name of an active check. */
export function isCheckName(name: string): name is CheckName {
  return CHECKS.some((check) => check.name === name);
}
