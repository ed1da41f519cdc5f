/**
 * How many attacks there were, by vector and end. The kernel counts each by its
 * vector, proofs too; how it ended is known of those whose event arrived. So
 * what the kernel has more is given the end that this vector has now.
 */
import type { AttackEvent } from "./enforcer_lines.ts";
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

  /** The kernel's numbers go on from an earlier agent's: the next ones are where ours begin. */
  adopt(): void {
    this.#isBeforeUs = true;
  }

  /** An event arrived. */
  takeEvent({ vector, action, self }: AttackEvent): void {
    const count = this.#of(vector);
    if (self) count.proofs++;
    else count.events.set(action, (count.events.get(action) ?? 0) + 1);
  }

  /** The kernel's numbers; smaller ones than before come from new maps. */
  takeKernel(counts: Readonly<Record<string, number>>): void {
    for (const [vector, now] of Object.entries(counts)) {
      const count = this.#of(vector);
      const before = now >= count.kernelLast ? count.kernelLast : 0;
      if (!this.#isBeforeUs) count.kernelTotal += now - before;
      count.kernelLast = now;
    }
    this.#isBeforeUs = false;
  }

  /** @param endOf the action that an attack by this vector meets now */
  list(endOf: (vector: string) => string): AttackCount[] {
    return [...this.#vectors].sort(([a], [b]) => a < b ? -1 : 1)
      .flatMap(([vector, count]) =>
        listActions(count, endOf(vector))
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
