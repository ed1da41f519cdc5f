/**
 * How many attacks there were, by vector and end. The kernel counts each by its
 * vector; how it ended is known of those whose event arrived. So what the kernel
 * has more is given the end that this vector has now.
 */
import type { AttackEvent } from "./enforcer_lines.ts";
import type { AttackCount } from "./state.ts";

/** The counters; they never go back, whatever the kernel's do. */
export class AttackCounts {
  /** vector → action → events. */
  readonly #events = new Map<string, Map<string, number>>();
  /** vector → what the kernel counted, over all of its maps. */
  readonly #kernel = new Map<string, { last: number; total: number }>();

  /** What was told last: an event that is late must not take anything back. */
  readonly #told = new Map<string, number>();

  /** An event arrived. A wrapper's own proof is no attack. */
  takeEvent({ vector, action, self }: AttackEvent): void {
    if (self) return;
    const actions = this.#events.get(vector) ?? new Map<string, number>();
    this.#events.set(vector, actions);
    actions.set(action, (actions.get(action) ?? 0) + 1);
  }

  /** The kernel's numbers; smaller ones than before come from new maps. */
  takeKernel(counts: Readonly<Record<string, number>>): void {
    for (const [vector, count] of Object.entries(counts)) {
      const known = this.#kernel.get(vector) ?? { last: 0, total: 0 };
      const more = count >= known.last ? count - known.last : count;
      this.#kernel.set(vector, { last: count, total: known.total + more });
    }
  }

  /** @param endOf the action that an attack by this vector meets now */
  list(endOf: (vector: string) => string): AttackCount[] {
    const vectors = new Set([...this.#kernel.keys(), ...this.#events.keys()]);
    return [...vectors].sort().flatMap((vector) => {
      const actions = new Map(this.#events.get(vector));
      const seen = [...actions.values()].reduce((sum, n) => sum + n, 0);
      const more = (this.#kernel.get(vector)?.total ?? 0) - seen;
      const end = endOf(vector);
      if (more > 0) actions.set(end, (actions.get(end) ?? 0) + more);
      return [...actions].map(([action, count]) => ({
        vector,
        action,
        count: this.#tellMost(`${vector} ${action}`, count),
      }));
    });
  }

  #tellMost(key: string, count: number): number {
    const most = Math.max(count, this.#told.get(key) ?? 0);
    this.#told.set(key, most);
    return most;
  }
}
