/** What one way to a protected process is, and what stands in it. */

/** It knows of a system call what its arguments show. */
export const CALL_TIER = "kprobe override";
/** It kills who tried, afterwards. */
export const REACTIVE_TIER = "reactive kill";

/** How bad it is when it is open: the secret itself at once, … , what only helps. */
export type Severity = "critical" | "high" | "medium" | "low";

/** One row of the table. */
export interface Vector {
  /** The name in events and metrics, and of CT_VECTORS in c/bpf/vectors.h. */
  readonly id: string;
  readonly title: string;
  readonly steals: string;
  readonly severity: Severity;
  /** Programs of BPF LSM or fmod_ret; all of them are needed. */
  readonly hooks: readonly string[];
  /** Programs of kprobe override; all of them are needed. None: that tier cannot refuse it. */
  readonly calls: readonly string[];
  /**
   * Where no hook refuses: whoever tries is killed, or only told of, because
   * honest daemons do it too. Refused: when a process registers, by the enforcer.
   */
  readonly reactive: "killed" | "told" | "refused" | "open";
  /** Tiers that stop who comes the plain way, and not who knows a detour: they do not count. */
  readonly partly: readonly string[];
  /** The option without which it is let through: it would hit others, or is wanted by many. */
  readonly needs?: "lock=on" | "exec=deny";
  /** No way of its own: it is closed when these are, and not counted. */
  readonly madeOf: readonly string[];
  /** Why it is not refused, where it is not. */
  readonly open?: string;
}

/** What a row may leave out. */
export type Row =
  & Pick<Vector, "id" | "title" | "steals" | "severity">
  & Partial<Vector>;

/** A row with all of its fields. */
export function makeVector(row: Row): Vector {
  return {
    hooks: [],
    calls: [],
    reactive: "open",
    madeOf: [],
    partly: [],
    ...row,
  };
}
