/**
 * The subset of CBOR (RFC 8949) that attestation tokens need: definite lengths, no
 * floating point, numbers up to 2^53, no duplicate keys. Anything else gives
 * undefined, never an exception.
 */

/** A tagged value. */
class Tagged {
  constructor(readonly tag: number, readonly value: unknown) {}
}

const DEEPEST = 8;
const MOST_ITEMS = 4096;

/** Decodes one item; undefined: not exactly one valid item. */
export function decodeCbor(bytes: Uint8Array): unknown {
  const reader = new Reader(bytes);
  try {
    const value = reader.item(0);
    return reader.isAtEnd ? value : undefined;
  } catch (error) {
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}

/** The value with this tag; undefined: another tag or none. */
export function untag(value: unknown, tag: number): unknown {
  return value instanceof Tagged && value.tag === tag ? value.value : undefined;
}

export function isMap(value: unknown): value is ReadonlyMap<unknown, unknown> {
  return value instanceof Map;
}

export function isBytes(value: unknown): value is Uint8Array {
  return value instanceof Uint8Array;
}

class Reader {
  readonly #bytes: Uint8Array;
  #at = 0;
  #items = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  get isAtEnd(): boolean {
    return this.#at === this.#bytes.length;
  }

  /** @throws RangeError if the bytes are not supported CBOR */
  item(depth: number): unknown {
    if (depth > DEEPEST || ++this.#items > MOST_ITEMS) throw new RangeError();
    const first = this.#take(1)[0] ?? 0;
    const argument = this.#argument(first & 31);
    switch (first >> 5) {
      case 0:
        return argument;
      case 1:
        return -1 - argument;
      case 2:
        return this.#take(argument);
      case 3:
        return new TextDecoder().decode(this.#take(argument));
      case 4:
        return this.#list(argument, depth);
      case 5:
        return this.#map(argument, depth);
      case 6:
        return new Tagged(argument, this.item(depth + 1));
      default:
        return this.#simple(first & 31);
    }
  }

  #list(count: number, depth: number): unknown[] {
    const values: unknown[] = [];
    for (let i = 0; i < count; i++) values.push(this.item(depth + 1));
    return values;
  }

  #map(count: number, depth: number): Map<unknown, unknown> {
    const values = new Map<unknown, unknown>();
    for (let i = 0; i < count; i++) {
      const key = this.item(depth + 1);
      // Duplicate keys are invalid (RFC 8949, 5.6).
      if (values.has(key)) throw new RangeError();
      values.set(key, this.item(depth + 1));
    }
    return values;
  }

  #simple(code: number): boolean | null {
    if (code === 20 || code === 21) return code === 21;
    if (code === 22) return null;
    throw new RangeError();
  }

  #argument(code: number): number {
    if (code < 24) return code;
    if (code > 27) throw new RangeError();
    const value = this.#take(1 << (code - 24))
      .reduce((sum, byte) => sum * 256 + byte, 0);
    // Larger numbers lose precision.
    if (!Number.isSafeInteger(value)) throw new RangeError();
    return value;
  }

  #take(length: number): Uint8Array {
    const end = this.#at + length;
    if (!(end <= this.#bytes.length)) throw new RangeError();
    const taken = this.#bytes.slice(this.#at, end);
    this.#at = end;
    return taken;
  }
}
