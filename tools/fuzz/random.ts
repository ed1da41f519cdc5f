/**
 * Random numbers that a seed decides (sfc32). Not fast-check's: it makes an
 * object for each number, and mutations take several of each input.
 */

/** One sequence. */
export class Random {
  #a: number;
  #b: number;
  #c: number;
  #counter = 1;

  /** @param name and @param index so that each input has a sequence of its own */
  constructor(seed: number, name: string, index: number) {
    this.#a = seed >>> 0;
    this.#b = hash(name);
    this.#c = index >>> 0;
    for (let i = 0; i < 12; i++) this.next();
  }

  /** 32 bits. */
  next(): number {
    const sum = (this.#a + this.#b + this.#counter++) | 0;
    this.#a = this.#b ^ (this.#b >>> 9);
    this.#b = (this.#c + (this.#c << 3)) | 0;
    this.#c = ((this.#c << 21) | (this.#c >>> 11)) + sum | 0;
    return sum >>> 0;
  }

  /** From 0 up to, but not, `limit`. */
  below(limit: number): number {
    return this.next() % Math.max(1, limit);
  }

  pick<T>(all: readonly T[]): T | undefined {
    return all[this.below(all.length)];
  }
}

/** FNV-1a. */
function hash(text: string): number {
  let value = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) {
    value = Math.imul(value ^ text.charCodeAt(i), 0x01000193);
  }
  return value;
}
