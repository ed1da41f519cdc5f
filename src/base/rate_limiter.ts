/** A token bucket: allows a burst, then a steady rate. The caller supplies the time. */
export class RateLimiter {
  readonly #burst: number;
  readonly #perSecond: number;
  #tokens: number;
  #at: number;

  constructor(burst: number, perSecond: number, nowMs: number) {
    this.#burst = burst;
    this.#perSecond = perSecond;
    this.#tokens = burst;
    this.#at = nowMs;
  }

  /** Uses one token. @returns false when there is none left */
  allow(nowMs: number): boolean {
    this.#refill(nowMs);
    if (this.#tokens < 1) return false;
    this.#tokens--;
    return true;
  }

  /** @returns whole milliseconds until there is a token; 0: now */
  delayMs(nowMs: number): number {
    this.#refill(nowMs);
    const missing = Math.max(0, 1 - this.#tokens);
    return Math.ceil(missing * 1000 / this.#perSecond);
  }

  #refill(nowMs: number): void {
    const gained = Math.max(0, nowMs - this.#at) * this.#perSecond / 1000;
    this.#tokens = Math.min(this.#burst, this.#tokens + gained);
    this.#at = nowMs;
  }
}
