/**
 * Deduplicates and rate-limits a stream: repeated items are written once and
 * then as a count, in growing intervals. The first item of a group draws on a
 * small reserve, so that a flood of one group cannot silence the others.
 */
import { RateLimiter } from "@/base/rate_limiter.ts";

/** An item is not written again within this time; it doubles with each repetition, up to the second. */
const FIRST_INTERVAL_MS = 10_000;
const MAX_INTERVAL_MS = 600_000;
/** After this time without a repetition an item counts as new. */
const FORGET_MS = 60_000;
/** Distinct items tracked at once. */
const MAX_KEYS = 1024;
const BURST = 50;
const PER_SECOND = 10;
const RESERVE_BURST = 20;
const RESERVE_PER_SECOND = 2;

interface Repetition<T> {
  /** The newest that was not written. */
  latest: T | undefined;
  count: number;
  readonly intervalMs: number;
  readonly until: number;
}

/** `write` gets an item, and how many equal ones it did not get before. */
export class Deduplicator<T> {
  readonly #write: (item: T, repeated: number) => void;
  readonly #repetitions = new Map<string, Repetition<T>>();
  readonly #limiter: RateLimiter;
  readonly #reserve: RateLimiter;
  /** When the first item of each group was written. Bounded by the rate of both limiters. */
  readonly #groups = new Map<string, number>();
  #suppressed = 0;

  constructor(write: (item: T, repeated: number) => void, nowMs: number) {
    this.#write = write;
    this.#limiter = new RateLimiter(BURST, PER_SECOND, nowMs);
    this.#reserve = new RateLimiter(RESERVE_BURST, RESERVE_PER_SECOND, nowMs);
  }

  /** Adds an item. Equal items have the same key; similar items share a group. */
  add(key: string, group: string, item: T, nowMs: number): void {
    const known = this.#repetitions.get(key);
    if (known && (known.latest !== undefined || known.until > nowMs)) {
      known.latest = item;
      known.count++;
    } else if (
      (known || this.#repetitions.size < MAX_KEYS) && this.#limiter.allow(nowMs)
    ) {
      this.#track(key, known, nowMs);
      this.#writeFirst(group, item, nowMs);
    } else if (!this.#groups.has(group) && this.#reserve.allow(nowMs)) {
      // Not tracked: repetitions of this one go through the limiter.
      this.#writeFirst(group, item, nowMs);
    } else this.#suppressed++;
  }

  /** Writes what was repeated, and forgets what was not. Call it about once a second. */
  flush(nowMs: number): void {
    for (const [key, known] of this.#repetitions) {
      if (known.until > nowMs) continue;
      if (known.latest !== undefined) {
        this.#writeAgain(key, known, known.latest, nowMs);
      } else if (known.until + FORGET_MS <= nowMs) {
        this.#repetitions.delete(key);
      }
    }
    for (const [group, writtenAt] of this.#groups) {
      if (writtenAt + FORGET_MS <= nowMs) this.#groups.delete(group);
    }
  }

  /** Items neither written nor counted as repeated since the last call. */
  drainSuppressed(): number {
    const count = this.#suppressed;
    this.#suppressed = 0;
    return count;
  }

  #writeFirst(group: string, item: T, nowMs: number): void {
    if (!this.#groups.has(group)) this.#groups.set(group, nowMs);
    this.#write(item, 0);
  }

  #writeAgain(key: string, known: Repetition<T>, latest: T, nowMs: number) {
    if (this.#limiter.allow(nowMs)) {
      this.#track(key, known, nowMs);
      this.#write(latest, known.count - 1);
    } else {
      this.#repetitions.delete(key);
      this.#suppressed += known.count;
    }
  }

  #track(key: string, before: Repetition<T> | undefined, nowMs: number): void {
    const intervalMs = before
      ? Math.min(2 * before.intervalMs, MAX_INTERVAL_MS)
      : FIRST_INTERVAL_MS;
    const until = nowMs + intervalMs;
    this.#repetitions.set(key, {
      latest: undefined,
      count: 0,
      intervalMs,
      until,
    });
  }
}
