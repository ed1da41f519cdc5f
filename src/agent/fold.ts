/**
 * Equal things that come again and again are told once, then as a number. And
 * no more than so many a second are told at all; what is held back is counted.
 * It does not know what the things are.
 */
import { Bucket } from "./bucket.ts";

/** Of one kind of thing no second is told within this time. */
const FOLD_MS = 10_000;
/** Kinds that are told apart at once. */
const MOST_KINDS = 1024;
const BURST = 50;
const PER_SECOND = 10;

interface Kind<T> {
  /** The newest that was not told. */
  latest: T | undefined;
  repeated: number;
  readonly until: number;
}

/** A fold over things of type T; `tell` gets one, and how many like it were not told before. */
export class Fold<T> {
  readonly #tell: (thing: T, repeated: number) => void;
  readonly #kinds = new Map<string, Kind<T>>();
  readonly #bucket: Bucket;
  #heldBack = 0;

  constructor(tell: (thing: T, repeated: number) => void, nowMs: number) {
    this.#tell = tell;
    this.#bucket = new Bucket(BURST, PER_SECOND, nowMs);
  }

  /** Takes one thing. */
  take(key: string, thing: T, nowMs: number): void {
    const known = this.#kinds.get(key);
    if (known) {
      known.latest = thing;
      known.repeated++;
    } else if (this.#kinds.size < MOST_KINDS && this.#bucket.take(nowMs)) {
      this.#kinds.set(key, {
        latest: undefined,
        repeated: 0,
        until: nowMs + FOLD_MS,
      });
      this.#tell(thing, 0);
    } else this.#heldBack++;
  }

  /** Tells what has come again meanwhile, and forgets what has not. To be called about every second. */
  settle(nowMs: number): void {
    for (const [key, { latest, repeated, until }] of this.#kinds) {
      if (until <= nowMs) this.#close(key, latest, repeated, nowMs);
    }
  }

  /** Things that were neither told nor counted with one that was, since the last call. */
  takeHeldBack(): number {
    const count = this.#heldBack;
    this.#heldBack = 0;
    return count;
  }

  #close(
    key: string,
    latest: T | undefined,
    repeated: number,
    nowMs: number,
  ): void {
    this.#kinds.delete(key);
    if (latest === undefined) return;
    if (!this.#bucket.take(nowMs)) {
      this.#heldBack += repeated;
      return;
    }
    this.#kinds.set(key, {
      latest: undefined,
      repeated: 0,
      until: nowMs + FOLD_MS,
    });
    this.#tell(latest, repeated - 1);
  }
}
