/**
 * The lifetime of a token or lease: when to renew it. Pure; times are
 * milliseconds of one monotonic clock.
 */

/** Renewal at two thirds of the lifetime, up to a tenth earlier, so that replicas do not renew all at once. */
const RENEW_AT = 2 / 3;
const JITTER = 0.1;
/** A renewal that grants less than this share of the first TTL has reached max_ttl. */
const CAPPED_BELOW = 0.9;

/** One lifetime, as of the last grant. */
export interface Term {
  /** The first TTL; renewals are compared with it. */
  readonly grantedSeconds: number;
  /** The last TTL. */
  readonly ttlSeconds: number;
  /** It does not expire. */
  readonly isEndless: boolean;
  readonly startMs: number;
  readonly renewable: boolean;
  /** It cannot be renewed further; when it is due, all secrets are fetched again. */
  readonly isLast: boolean;
}

/**
 * The term of a new grant; without a TTL it does not expire. Vault rounds down,
 * so that 0 is less than a second: it counts as one, and the next look comes soon.
 */
export function makeTerm(
  ttl: number | undefined,
  renewable: boolean,
  nowMs: number,
): Term {
  const ttlSeconds = Math.max(1, ttl ?? 0);
  return {
    grantedSeconds: ttlSeconds,
    ttlSeconds,
    isEndless: ttl === undefined,
    startMs: nowMs,
    renewable,
    isLast: !renewable,
  };
}

/** The term after a renewal that granted `ttlSeconds`; 0 means that it has reached its end. */
export function renewTerm(term: Term, ttlSeconds: number, nowMs: number): Term {
  const isLast = ttlSeconds < term.grantedSeconds * CAPPED_BELOW;
  return { ...term, ttlSeconds, startMs: nowMs, isLast };
}

/** When to renew; Infinity if it does not expire. `random` is from 0 to 1. */
export function dueAt(term: Term, random: number): number {
  if (term.isEndless) return Infinity;
  const share = RENEW_AT * (1 - JITTER * random);
  return term.startMs + term.ttlSeconds * 1000 * share;
}

/** When it expires; Infinity if it does not. */
export function endsAt(term: Term): number {
  return term.isEndless ? Infinity : term.startMs + term.ttlSeconds * 1000;
}
