/** The text of the Kubernetes events (docs/MONITORING.md): fixed, a test pins it. Pure. */
import type { Score } from "./score.ts";

/** One event, without its pod. */
export interface ProtectionEvent {
  readonly type: "Normal" | "Warning";
  readonly reason: "ProtectionActive" | "ProtectionDegraded";
  readonly message: string;
}

/** ProtectionActive when every check passes, else ProtectionDegraded with the failing ones. */
export function describeEvent(
  { points, maximum, checks }: Score,
): ProtectionEvent {
  const sum = `Protection score: ${points}/${maximum}`;
  const failing = checks.filter(({ passed }) => !passed)
    .map(({ name }) => name);
  if (failing.length === 0) {
    return {
      type: "Normal",
      reason: "ProtectionActive",
      message: `${sum} (all defenses active)`,
    };
  }
  return {
    type: "Warning",
    reason: "ProtectionDegraded",
    message: `${sum} (${failing.join(", ")} unavailable)`,
  };
}
