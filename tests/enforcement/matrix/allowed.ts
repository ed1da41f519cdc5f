/**
 * Calls that may succeed on a protected process although the agent closes their
 * vector, with the reason of each. It measures nothing: matrix_test.ts asks it
 * of what was measured, allowed_test.ts of what is written down.
 */
import { couldClose, findVector } from "@/agent/vectors/coverage.ts";

/** Under the lock, in every column. What is not named here is refused there. */
export const ALLOWED_UNDER_LOCK: Readonly<Record<string, string>> = {
  earlier_namespace: "setns(2) asks no hook whose namespace it is",
  userfaultfd: "only pages of the attacker's own",
  fanotify: "shows what is opened, not the contents of a process",
  process_mrelease: "gives pages of a dying child back",
  msr_read: "reading is left to monitoring; writing is refused",
  agent_term: "services are ended with it; the pins stay in force",
};

/** An agent on a machine, and what came of each attack. */
export interface Outcome {
  readonly isLocked: boolean;
  readonly isEnforcing: boolean;
  /** Whether the agent counts it as closed. */
  readonly isActive: (vector: string) => boolean;
  readonly results: Iterable<readonly [string, string]>;
  readonly vectorOf: (attack: string) => string;
}

/** Attacks whose call succeeded, for no reason that is known. Without the lock none may of what the agent counts as closed. */
export function findAllowed(outcome: Outcome): string[] {
  if (!outcome.isEnforcing) return [];
  return [...outcome.results].filter(([, result]) => result === "allowed")
    .map(([name]) => name).filter((name) => isUnknown(outcome, name));
}

function isUnknown({ isLocked, isActive, vectorOf }: Outcome, name: string) {
  if (isLocked) return !Object.hasOwn(ALLOWED_UNDER_LOCK, name);
  return isActive(vectorOf(name));
}

/** Whether an agent without options counts it as closed, when all programs of its backend are attached. */
export function isClosedBy(backend: string, id: string): boolean {
  const vector = findVector(id);
  return vector !== undefined && vector.needs === undefined &&
    couldClose(vector, [{ name: backend, state: "passed" }]);
}
