/**
 * How many attacks there were, by vector and end. The kernel counts each by its
 * vector, proofs too; how it ended is known of those whose event arrived. So
 * what the kernel has more (events were lost) is given the end that this vector
 * has now.
 */
import type { Action, AttackEvent } from "@/protocol/enforcer.ts";
import type { AttackCount } from "./state.ts";

/** One vector. */
class VectorCount {
  /** Events by action. */
  readonly events = new Map<string, number>();
  /** A wrapper's own proof is no attack. */
  proofs = 0;
  /** What the kernel said last, and what it counted since we are here. */
  kernelLast = 0;
  kernelTotal = 0;
  /** What was told last: an event that is late must not take anything back. */
  readonly told = new Map<string, number>();
}

/** The counters; they begin with this agent and never go back, whatever the kernel's do. */
export class AttackCounts {
  readonly #vectors = new Map<string, VectorCount>();
  #isBeforeUs = false;
  #endOf: (vector: string) => Action = () => "seen";

  /**
   * An enforcer is ready: its next numbers are where ours begin. What stands in
   * them is an earlier agent's, or the self-test; attacks on which nobody had an
   * eye meanwhile still wait as events. An attack by one of the `active` vectors
   * meets `end` from now on; one by a vector that is stopped `partly` may, any
   * other is only seen.
   */
  begin(
    active: readonly string[],
    end: Action,
    partly: readonly string[] = [],
  ): void {
    this.#isBeforeUs = true;
    this.#endOf = (vector) => active.includes(vector) ? end : "seen";
    // From zero on, or nobody would see the first one as an increase.
    for (const vector of [...active, ...partly]) {
      const { told } = this.#of(vector);
      told.set(end, told.get(end) ?? 0);
    }
  }

  /** An event arrived. */
  takeEvent({ vector, action, self }: AttackEvent): void {
    const count = this.#of(vector);
    if (self) count.proofs++;
    else count.events.set(action, (count.events.get(action) ?? 0) + 1);
  }

  /** The kernel's numbers. */
  takeKernel(counts: Readonly<Record<string, number>>): void {
    if (this.#isBeforeUs) {
      for (const count of this.#vectors.values()) count.kernelLast = 0;
    }
    for (const [vector, now] of Object.entries(counts)) {
      const count = this.#of(vector);
      if (!this.#isBeforeUs) {
        count.kernelTotal += Math.max(0, now - count.kernelLast);
      }
      count.kernelLast = now;
    }
    this.#isBeforeUs = false;
  }

  /** By vector; zeros too, for what may come. */
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
  const { events, told, kernelTotal, proofs } = count;
  const seen = [...events.values()].reduce((sum, n) => sum + n, 0);
  const more = kernelTotal - proofs - seen;
  const actions = new Map(events);
  if (more > 0) actions.set(end, (actions.get(end) ?? 0) + more);
  for (const [action, n] of actions) {
    told.set(action, Math.max(n, told.get(action) ?? 0));
  }
  return [...told];
}
