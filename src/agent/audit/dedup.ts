/**
 * Equal things that come again and again are told once, then as a number. And
 * no more than so many a second are told at all; what is held back is counted.
 * The first of a group has a small reserve, so that many of one group cannot
 * silence all others. It does not know what the things are.
 */
import { Bucket } from "@/base/rate_limiter.ts";

/** Of one kind of thing no second is told within this time. */
const FIRST_PAUSE_MS = 10_000;
/** It doubles as long as more come: who looks around for ever, a kubelet, must not take the lines of others. */
const LONGEST_PAUSE_MS = 600_000;
/** Nothing of a kind for so long after its pause: the next is a first one again. */
const FORGOTTEN_MS = 60_000;
/** Kinds that are told apart at once. */
const MOST_KINDS = 1024;
const BURST = 50;
const PER_SECOND = 10;
const RESERVED = 20;
const RESERVED_PER_SECOND = 2;

interface Kind<T> {
  /** The newest that was not told. */
  latest: T | undefined;
  repeated: number;
  readonly pauseMs: number;
  readonly until: number;
}

/** A fold over things of type T; `tell` gets one, and how many like it were not told before. */
export class Fold<T> {
  readonly #tell: (thing: T, repeated: number) => void;
  readonly #kinds = new Map<string, Kind<T>>();
  readonly #bucket: Bucket;
  readonly #reserve: Bucket;
  /** When a first one of each group was told; as many as both buckets give in FORGOTTEN_MS. */
  readonly #groups = new Map<string, number>();
  #heldBack = 0;

  constructor(tell: (thing: T, repeated: number) => void, nowMs: number) {
    this.#tell = tell;
    this.#bucket = new Bucket(BURST, PER_SECOND, nowMs);
    this.#reserve = new Bucket(RESERVED, RESERVED_PER_SECOND, nowMs);
  }

  /** Takes one thing: equal ones have the same key, and alike ones the same group. */
  take(key: string, group: string, thing: T, nowMs: number): void {
    const known = this.#kinds.get(key);
    if (known && (known.latest !== undefined || known.until > nowMs)) {
      known.latest = thing;
      known.repeated++;
    } else if (
      (known || this.#kinds.size < MOST_KINDS) && this.#bucket.take(nowMs)
    ) {
      this.#open(key, known, nowMs);
      this.#tellFirst(group, thing, nowMs);
    } else if (!this.#groups.has(group) && this.#reserve.take(nowMs)) {
      // No kind of its own: what comes of this group meanwhile is the bucket's.
      this.#tellFirst(group, thing, nowMs);
    } else this.#heldBack++;
  }

  /** Tells what has come again meanwhile, and forgets what has not. To be called about every second. */
  settle(nowMs: number): void {
    for (const [key, kind] of this.#kinds) {
      if (kind.until > nowMs) continue;
      if (kind.latest !== undefined) this.#again(key, kind, kind.latest, nowMs);
      else if (kind.until + FORGOTTEN_MS <= nowMs) this.#kinds.delete(key);
    }
    for (const [group, toldAt] of this.#groups) {
      if (toldAt + FORGOTTEN_MS <= nowMs) this.#groups.delete(group);
    }
  }

  /** Things that were neither told nor counted with one that was, since the last call. */
  takeHeldBack(): number {
    const count = this.#heldBack;
    this.#heldBack = 0;
    return count;
  }

  #tellFirst(group: string, thing: T, nowMs: number): void {
    if (!this.#groups.has(group)) this.#groups.set(group, nowMs);
    this.#tell(thing, 0);
  }

  #again(key: string, kind: Kind<T>, latest: T, nowMs: number): void {
    if (this.#bucket.take(nowMs)) {
      this.#open(key, kind, nowMs);
      this.#tell(latest, kind.repeated - 1);
    } else {
      this.#kinds.delete(key);
      this.#heldBack += kind.repeated;
    }
  }

  #open(key: string, before: Kind<T> | undefined, nowMs: number): void {
    const pauseMs = before
      ? Math.min(2 * before.pauseMs, LONGEST_PAUSE_MS)
      : FIRST_PAUSE_MS;
    const until = nowMs + pauseMs;
    this.#kinds.set(key, { latest: undefined, repeated: 0, pauseMs, until });
  }
}
