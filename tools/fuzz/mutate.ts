/** Makes inputs out of valid samples: a few changes of each, or parts of two. */
import type { Random } from "./random.ts";

const MOST_BYTES = 16 * 1024;
const MOST_CHANGES = 6;
/** Numbers at which a parser may be wrong. */
const EDGES = [
  0,
  1,
  0x7f,
  0x80,
  0xff,
  0x0a,
  0x0d,
  0x20,
  0x22,
  0x5c,
  0x7b,
  0x7d,
];
const WIDE = [
  0n,
  1n,
  0x7fffffffn,
  0x80000000n,
  0xffffffffn,
  0x7fffffffffffffffn,
  0xffffffffffffffffn,
];

type Change = (
  bytes: Uint8Array,
  random: Random,
  words: readonly Uint8Array[],
) => Uint8Array;

const CHANGES: readonly Change[] = [
  (bytes, random) => {
    const at = random.below(bytes.length);
    bytes[at] = (bytes[at] ?? 0) ^ (1 << random.below(8));
    return bytes;
  },
  (bytes, random) => {
    bytes[random.below(bytes.length)] = random.next();
    return bytes;
  },
  (bytes, random) => {
    bytes[random.below(bytes.length)] = random.pick(EDGES)!;
    return bytes;
  },
  // Removes a range.
  (bytes, random) => {
    const from = random.below(bytes.length);
    const to = from + 1 + random.below(random.pick([2, 8, bytes.length])!);
    return join(bytes.subarray(0, from), bytes.subarray(to));
  },
  // Repeats a range.
  (bytes, random) => {
    const from = random.below(bytes.length);
    const part = bytes.slice(from, from + 1 + random.below(64));
    const times = random.pick([1, 1, 2, 50])!;
    return join(
      bytes.subarray(0, from),
      ...new Array(times).fill(part),
      bytes.subarray(from),
    );
  },
  // Writes a word over what is there, or inserts it.
  (bytes, random, words) => {
    const word = random.pick(words) ?? new Uint8Array();
    const at = random.below(bytes.length + 1);
    const behind = random.below(2) === 0 ? at : at + word.length;
    return join(bytes.subarray(0, at), word, bytes.subarray(behind));
  },
  // A number of 1, 2, 4 or 8 bytes.
  (bytes, random) => {
    const size = random.pick([1, 2, 4, 8])!;
    if (bytes.length < size) return bytes;
    const at = random.below(bytes.length - size + 1);
    let value = random.pick(WIDE)!;
    if (random.below(2) === 0) value = BigInt(random.below(4096));
    for (let i = 0; i < size; i++, value >>= 8n) {
      bytes[at + i] = Number(value & 0xffn);
    }
    return bytes;
  },
  (bytes, random) => bytes.slice(0, random.below(bytes.length + 1)),
];

/** A new input. */
export function mutate(
  samples: readonly Uint8Array[],
  words: readonly Uint8Array[],
  random: Random,
): Uint8Array {
  let bytes: Uint8Array = random.pick(samples)?.slice() ?? new Uint8Array();
  if (random.below(16) === 0) {
    const other = random.pick(samples) ?? bytes;
    bytes = join(
      bytes.subarray(0, random.below(bytes.length + 1)),
      other.subarray(random.below(other.length)),
    );
  }
  // Zero changes: the sample itself.
  for (let left = random.below(MOST_CHANGES); left > 0; left--) {
    bytes = random.pick(CHANGES)!(bytes, random, words);
  }
  return bytes.subarray(0, MOST_BYTES);
}

function join(...parts: readonly Uint8Array[]): Uint8Array {
  const bytes = new Uint8Array(
    parts.reduce((sum, part) => sum + part.length, 0),
  );
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}
