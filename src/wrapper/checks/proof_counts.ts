/** Counts proofs by what they found, and how long they took. */
import type { CheckName } from "@/score/checks.ts";
import type { Evidence } from "@/score/evidence.ts";
import type { ProofCount } from "@/wrapper/status/activity.ts";

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

/** One count a check, since the start. */
export class ProofCounts {
  readonly #counts = new Map<string, Mutable<ProofCount>>();

  /** Every check that was proven, in the order of the first round. */
  get counts(): ProofCount[] {
    return [...this.#counts.values()];
  }

  /** Takes one round: what was found, and the milliseconds that each took. */
  take(
    evidence: readonly Evidence[],
    millis: Readonly<Partial<Record<CheckName, number>>>,
  ): void {
    for (const { check, state } of evidence) {
      const count = this.#of(check);
      count[state === "in_force" ? "inForce" : state]++;
      count.seconds += (millis[check] ?? 0) / 1000;
    }
  }

  #of(check: string): Mutable<ProofCount> {
    const known = this.#counts.get(check);
    if (known) return known;
    const fresh = { check, inForce: 0, absent: 0, unknown: 0, seconds: 0 };
    this.#counts.set(check, fresh);
    return fresh;
  }
}
