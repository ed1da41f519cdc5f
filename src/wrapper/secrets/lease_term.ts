/**
 * The life of a token or a lease, as arithmetic. Pure: time comes in as an
 * argument, in milliseconds of any one clock.
 */

/** Renewed at two thirds of the life, up to a tenth earlier, so that replicas do not come all at once. */
const RENEW_AT = 2 / 3;
const JITTER = 0.1;
/** A renewal that brings less than this share of what was first granted has met max_ttl. */
const CAPPED_BELOW = 0.9;

/** One life, as it stands after the last grant. */
export interface Term {
  /** What Vault gave first; renewals are measured against it. */
  readonly grantedSeconds: number;
  /** What it gave last. */
  readonly ttlSeconds: number;
  /** Granted with a life of 0 seconds, which is Vault's way to say so. */
  readonly isEndless: boolean;
  readonly startMs: number;
  readonly renewable: boolean;
  /** It cannot be prolonged: when it is due, secrets are read anew. */
  readonly isLast: boolean;
}

/** The term of what was just granted. */
export function makeTerm(
  ttlSeconds: number,
  renewable: boolean,
  nowMs: number,
): Term {
  return {
    grantedSeconds: ttlSeconds,
    ttlSeconds,
    isEndless: ttlSeconds <= 0,
    startMs: nowMs,
    renewable,
    isLast: !renewable,
  };
}

/** The term after a renewal that gave `ttlSeconds`; 0 for what had an end means that it is there. */
export function prolong(term: Term, ttlSeconds: number, nowMs: number): Term {
  const isLast = ttlSeconds < term.grantedSeconds * CAPPED_BELOW;
  return { ...term, ttlSeconds, startMs: nowMs, isLast };
}

/** When to act, Infinity for what never ends. `random` is from 0 to 1. */
export function dueAt(term: Term, random: number): number {
  if (term.isEndless) return Infinity;
  const share = RENEW_AT * (1 - JITTER * random);
  return term.startMs + term.ttlSeconds * 1000 * share;
}

/** When it ends, Infinity for what never does. */
export function endsAt(term: Term): number {
  return term.isEndless ? Infinity : term.startMs + term.ttlSeconds * 1000;
}
