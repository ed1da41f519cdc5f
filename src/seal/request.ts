/**
 * Reads the rest of one request into secret memory, where it stays: only the
 * length of the body is ever taken out of it.
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
  let start = -1;
  let length = 0;
  while (start < 0 || filled < start + length) {
    if (filled === room.length) return tooLarge(room);
    const count = await source.read(room.subarray(filled));
    if (!count) return refuse(400, "the request ended too early");
    filled += count;
    if (start >= 0) continue;
    start = findBody(room.subarray(0, filled));
    if (start < 0) continue;
    const found = readLength(room.subarray(0, start));
    if (typeof found !== "number") return found;
    length = found;
    if (start + length > room.length) return tooLarge(room);
  }
  return room.subarray(start, start + length);
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

/** The length that the head tells; a body without one is refused. */
function readLength(head: Uint8Array): number | Refusal {
  if (findHeader(head, "transfer-encoding")) {
    return refuse(411, "give a body with content-length, not in chunks");
  }
  const value = findHeader(head, "content-length");
  if (!value) return refuse(411, "there is no content-length");
  let length = 0;
  for (const byte of value) {
    if (byte === 0x20) continue;
    if (byte < 0x30 || byte > 0x39) {
      return refuse(400, "content-length is no number");
    }
    // Enough for any length that could be meant, and no overflow.
    length = Math.min(length * 10 + byte - 0x30, 1e12);
  }
  return length;
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
