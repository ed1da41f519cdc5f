/**
 * Counts attacks by vector and result. The kernel counts every attack by vector,
 * proofs included; the result is known only from events, and events can be lost.
 * Attacks without an event get the vector's current result.
 */
import type { Action, AttackEvent } from "@/protocol/enforcer.ts";
import type { AttackCount } from "./status.ts";

/** The counts of one vector. */
class VectorCount {
  /** Events by action. */
  readonly events = new Map<string, number>();
  /** Wrappers' attacks on themselves, which do not count. */
  proofs = 0;
  /** The kernel's last count, and its growth since this agent started. */
  kernelLast = 0;
  kernelTotal = 0;
  /** What was exported last: a counter must not decrease when an event arrives late. */
  readonly exported = new Map<string, number>();
}

/** Counters that start with this agent and never decrease. */
export class AttackCounts {
  readonly #vectors = new Map<string, VectorCount>();
  #needsBaseline = false;
  #endOf: (vector: string) => Action = () => "seen";

  /**
   * An enforcer is ready. Its next kernel counts are the baseline: they include
   * an earlier agent's attacks and the self-test. From now on `active` vectors
   * have the result `end`, vectors blocked `partly` may have it, and others are
   * only seen.
   */
  begin(
    active: readonly string[],
    end: Action,
    partly: readonly string[] = [],
  ): void {
    this.#needsBaseline = true;
    this.#endOf = (vector) => active.includes(vector) ? end : "seen";
    // Export zero first, so that the first attack is an increase.
    for (const vector of [...active, ...partly]) {
      const { exported } = this.#of(vector);
      exported.set(end, exported.get(end) ?? 0);
    }
  }

  /** Adds one event. */
  addEvent({ vector, action, ownProbe }: AttackEvent): void {
    const count = this.#of(vector);
    if (ownProbe) count.proofs++;
    else count.events.set(action, (count.events.get(action) ?? 0) + 1);
  }

  /** Adds the kernel's counts by vector. */
  addKernelCounts(counts: Readonly<Record<string, number>>): void {
    if (this.#needsBaseline) {
      for (const count of this.#vectors.values()) count.kernelLast = 0;
    }
    for (const [vector, now] of Object.entries(counts)) {
      const count = this.#of(vector);
      if (!this.#needsBaseline) {
        count.kernelTotal += Math.max(0, now - count.kernelLast);
      }
      count.kernelLast = now;
    }
    this.#needsBaseline = false;
  }

  /** Sorted by vector, zeros included. */
  list(): AttackCount[] {
    return [...this.#vectors].sort(([a], [b]) => a < b ? -1 : 1)
      .flatMap(([vector, count]) =>
        listActions(count, this.#endOf(vector))
          .map(([action, n]) => ({ vector, action, count: n }))
      );
  }

  #of(vector: string): VectorCount {
    const count = this.#vectors.get(vector) ?? new VectorCount();
    this.#vectors.set(vector, count);
    return count;
  }
}

function listActions(count: VectorCount, end: string): [string, number][] {
  const { events, exported, kernelTotal, proofs } = count;
  const seen = [...events.values()].reduce((sum, n) => sum + n, 0);
  const more = kernelTotal - proofs - seen;
  const actions = new Map(events);
  if (more > 0) actions.set(end, (actions.get(end) ?? 0) + more);
  for (const [action, n] of actions) {
    exported.set(action, Math.max(n, exported.get(action) ?? 0));
  }
  return [...exported];
}
