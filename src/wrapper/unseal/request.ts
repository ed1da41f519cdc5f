/**
 * Reads the rest of one request into secret memory. No part of it is decoded,
 * except for lengths.
 */

/** A connection. */
export interface Source {
  /** Reads into `buffer`; null at the end. */
  read(buffer: Uint8Array): Promise<number | null>;
}

/** Why there is no body: HTTP status and message of the response. */
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
 * @param buffer a larger request is refused
 * @returns the body as a view on `buffer`, or why there is none
 * @throws what `source` throws
 */
export async function readBody(
  source: Source,
  buffer: Uint8Array,
): Promise<Uint8Array | Refusal> {
  let filled = 0;
  let body: Body | undefined;
  for (;;) {
    if (filled === buffer.length) return tooLarge(buffer);
    const count = await source.read(buffer.subarray(filled));
    if (!count) return refuse(400, "the request ended too early");
    filled += count;
    if (!body) {
      const start = findBody(buffer.subarray(0, filled));
      if (start < 0) continue;
      const found = openBody(buffer, start);
      if ("status" in found) return found;
      body = found;
    }
    const answer = body.complete(filled);
    if (answer) return answer;
  }
}

/** Finds the end of a body. */
interface Body {
  /** The body, if all of it has arrived; undefined: more must follow. */
  complete(filled: number): Uint8Array | Refusal | undefined;
}

function refuse(status: number, error: string): Refusal {
  return { status, error };
}

function tooLarge(buffer: Uint8Array): Refusal {
  return refuse(413, `head and body may have ${buffer.length} bytes`);
}

/** Start of the body, behind the empty line; -1 before that has arrived. */
function findBody(seen: Uint8Array): number {
  for (let at = seen.indexOf(CR); at >= 0; at = seen.indexOf(CR, at + 1)) {
    if (seen[at + 1] === LF && seen[at + 2] === CR && seen[at + 3] === LF) {
      return at + 4;
    }
  }
  return -1;
}

/** By content-length, or in chunks, as some proxies send it. */
function openBody(buffer: Uint8Array, start: number): Body | Refusal {
  const head = buffer.subarray(0, start);
  // While a port is forwarded any web page could send a request; only browsers set Origin.
  if (findHeader(head, "origin")) return refuse(403, "not from a browser");
  const coding = findHeader(head, "transfer-encoding");
  const lengthHeader = findHeader(head, "content-length");
  if (coding) {
    const isPlain = isNamed(trim(coding), "chunked") && !lengthHeader &&
      trim(coding).length === "chunked".length;
    return isPlain
      ? new Chunks(buffer, start)
      : refuse(400, "use either content-length or transfer-encoding: chunked");
  }
  if (!lengthHeader) return refuse(411, "content-length is missing");
  const length = readNumber(trim(lengthHeader), 10);
  if (length < 0) return refuse(400, "content-length is not a number");
  const end = start + length;
  if (end > buffer.length) return tooLarge(buffer);
  return {
    complete: (filled) =>
      filled < end ? undefined : buffer.subarray(start, end),
  };
}

/** Parses digits; -1 for anything else. Very large numbers are capped. */
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

/** Longest line with a chunk's size. */
const SIZE_LINE_BYTES = 16;

/** Joins chunks in place. */
class Chunks implements Body {
  readonly #buffer: Uint8Array;
  readonly #start: number;
  /** End of the joined part, and start of the next size line. */
  #end: number;
  #next: number;

  constructor(buffer: Uint8Array, start: number) {
    this.#buffer = buffer;
    this.#start = this.#end = this.#next = start;
  }

  complete(filled: number): Uint8Array | Refusal | undefined {
    const buffer = this.#buffer;
    const wrong = refuse(400, "invalid chunk");
    for (;;) {
      const seen = buffer.subarray(this.#next, filled);
      const line = seen.subarray(0, SIZE_LINE_BYTES).indexOf(LF);
      if (line < 0) return seen.length < SIZE_LINE_BYTES ? undefined : wrong;
      const size = readNumber(seen.subarray(0, Math.max(0, line - 1)), 16);
      if (size < 0 || seen[line - 1] !== CR) return wrong;
      if (size === 0) return buffer.subarray(this.#start, this.#end);
      const from = this.#next + line + 1;
      const to = from + size;
      if (to + 2 > buffer.length) return tooLarge(buffer);
      if (to + 2 > filled) return undefined;
      if (buffer[to] !== CR || buffer[to + 1] !== LF) return wrong;
      buffer.copyWithin(this.#end, from, to);
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

/** Compares a header name, ignoring case. */
function isNamed(line: Uint8Array, name: string): boolean {
  for (let i = 0; i < name.length; i++) {
    const byte = line[i] ?? 0;
    const lower = byte >= 0x41 && byte <= 0x5a ? byte | 0x20 : byte;
    if (lower !== name.charCodeAt(i)) return false;
  }
  return true;
}
