/**
 * Reads the rest of one request into secret memory, where it stays: only lengths
 * are ever taken out of it.
 */

/** Where bytes come from: a connection. */
export interface Source {
  /** Reads into `room`; null at the end. */
  read(room: Uint8Array): Promise<number | null>;
}

/** Why there is no body: an HTTP status, and words for whoever asked. */
export interface Refusal {
  readonly status: number;
  readonly error: string;
}

const CR = 13;
const LF = 10;
const COLON = 0x3a;
const BLANK = 0x20;

/**
 * Reads head and body.
 *
 * @param room what has no place in it is refused
 * @returns the body as a view on `room`, or why there is none
 * @throws what `source` throws
 */
export async function readBody(
  source: Source,
  room: Uint8Array,
): Promise<Uint8Array | Refusal> {
  let filled = 0;
  let body: Body | undefined;
  for (;;) {
    if (filled === room.length) return tooLarge(room);
    const count = await source.read(room.subarray(filled));
    if (!count) return refuse(400, "the request ended too early");
    filled += count;
    if (!body) {
      const start = findBody(room.subarray(0, filled));
      if (start < 0) continue;
      const found = openBody(room, start);
      if ("status" in found) return found;
      body = found;
    }
    const answer = body.take(filled);
    if (answer) return answer;
  }
}

/** One way to tell where a body ends. */
interface Body {
  /** Looks at what is there now; undefined when there must be more. */
  take(filled: number): Uint8Array | Refusal | undefined;
}

function refuse(status: number, error: string): Refusal {
  return { status, error };
}

function tooLarge(room: Uint8Array): Refusal {
  return refuse(413, `head and body may have ${room.length} bytes`);
}

/** Where the body begins: behind the empty line. -1 before that has come. */
function findBody(seen: Uint8Array): number {
  for (let at = seen.indexOf(CR); at >= 0; at = seen.indexOf(CR, at + 1)) {
    if (seen[at + 1] === LF && seen[at + 2] === CR && seen[at + 3] === LF) {
      return at + 4;
    }
  }
  return -1;
}

/** By its length, or in chunks as a proxy passes it on. */
function openBody(room: Uint8Array, start: number): Body | Refusal {
  const head = room.subarray(0, start);
  // Any page could have it sent while a port is forwarded: only browsers say where they are.
  if (findHeader(head, "origin")) return refuse(403, "not from a browser");
  const coding = findHeader(head, "transfer-encoding");
  const told = findHeader(head, "content-length");
  if (coding) {
    const isPlain = isNamed(trim(coding), "chunked") && !told &&
      trim(coding).length === "chunked".length;
    return isPlain
      ? new Chunks(room, start)
      : refuse(400, "give a body with content-length, or in chunks alone");
  }
  if (!told) return refuse(411, "there is no content-length");
  const length = readNumber(trim(told), 10);
  if (length < 0) return refuse(400, "content-length is no number");
  const end = start + length;
  if (end > room.length) return tooLarge(room);
  return {
    take: (filled) => filled < end ? undefined : room.subarray(start, end),
  };
}

/** Digits alone; -1 for anything else. What is too large for any use stays so. */
function readNumber(digits: Uint8Array, base: 10 | 16): number {
  let value = 0;
  for (const byte of digits) {
    const lower = byte | 0x20;
    const digit = byte >= 0x30 && byte <= 0x39
      ? byte - 0x30
      : base === 16 && lower >= 0x61 && lower <= 0x66
      ? lower - 0x57
      : -1;
    if (digit < 0) return -1;
    value = Math.min(value * base + digit, 1e12);
  }
  return digits.length > 0 ? value : -1;
}

function trim(value: Uint8Array): Uint8Array {
  let [start, end] = [0, value.length];
  while (start < end && value[start] === BLANK) start++;
  while (end > start && value[end - 1] === BLANK) end--;
  return value.subarray(start, end);
}

/** A line with a chunk's size may be as long. */
const SIZE_LINE_BYTES = 16;

/** Pushes the chunks together where they lie. */
class Chunks implements Body {
  readonly #room: Uint8Array;
  readonly #start: number;
  /** End of what is pushed together, and where the next size stands. */
  #end: number;
  #next: number;

  constructor(room: Uint8Array, start: number) {
    this.#room = room;
    this.#start = this.#end = this.#next = start;
  }

  take(filled: number): Uint8Array | Refusal | undefined {
    const room = this.#room;
    const wrong = refuse(400, "the chunks are none");
    for (;;) {
      const seen = room.subarray(this.#next, filled);
      const line = seen.subarray(0, SIZE_LINE_BYTES).indexOf(LF);
      if (line < 0) return seen.length < SIZE_LINE_BYTES ? undefined : wrong;
      const size = readNumber(seen.subarray(0, Math.max(0, line - 1)), 16);
      if (size < 0 || seen[line - 1] !== CR) return wrong;
      if (size === 0) return room.subarray(this.#start, this.#end);
      const from = this.#next + line + 1;
      const to = from + size;
      if (to + 2 > room.length) return tooLarge(room);
      if (to + 2 > filled) return undefined;
      if (room[to] !== CR || room[to + 1] !== LF) return wrong;
      room.copyWithin(this.#end, from, to);
      this.#end += size;
      this.#next = to + 2;
    }
  }
}

/** The value of a header, as a view. */
function findHeader(head: Uint8Array, name: string): Uint8Array | undefined {
  let start = head.indexOf(LF) + 1;
  while (start > 0 && start < head.length) {
    const end = head.indexOf(CR, start);
    if (end < 0) return undefined;
    const line = head.subarray(start, end);
    if (line[name.length] === COLON && isNamed(line, name)) {
      return line.subarray(name.length + 1);
    }
    start = head.indexOf(LF, end) + 1;
  }
  return undefined;
}

/** Whatever the case of its letters. */
function isNamed(line: Uint8Array, name: string): boolean {
  for (let i = 0; i < name.length; i++) {
    const byte = line[i] ?? 0;
    const lower = byte >= 0x41 && byte <= 0x5a ? byte | 0x20 : byte;
    if (lower !== name.charCodeAt(i)) return false;
  }
  return true;
}
