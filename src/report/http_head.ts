/**
 * The first line of a request, and nothing else of it: the rest may hold what
 * somebody sent to the wrong place, and is wiped without being decoded.
 */

/** Head of a request: `path` is without the query. */
export interface RequestHead {
  readonly method: string;
  readonly path: string;
}

const HEAD_LIMIT_BYTES = 8192;

/** It begins as the route does; the rest of it was not read. */
export const ROUTED = Symbol("routed");
const END_OF_HEAD = [13, 10, 13, 10];

/** The request's first line once its head is complete, "" when it never is, undefined when it is too long. */
export async function readLine(
  connection: Deno.TcpConn,
  route: { readonly begin: string } | undefined,
): Promise<string | typeof ROUTED | undefined> {
  const buffer = new Uint8Array(HEAD_LIMIT_BYTES + 1);
  try {
    let filled = 0;
    while (filled < buffer.length) {
      // What begins like the route is read no further than its beginning.
      const limit = route && beginsLike(buffer.subarray(0, filled), route.begin)
        ? route.begin.length
        : buffer.length;
      const count = await connection.read(buffer.subarray(filled, limit));
      if (!count) return "";
      const from = Math.max(0, filled - END_OF_HEAD.length + 1);
      filled += count;
      const seen = buffer.subarray(0, filled);
      if (filled === route?.begin.length && beginsLike(seen, route.begin)) {
        return ROUTED;
      }
      const end = findEnd(seen, from);
      if (end >= 0) return firstLine(seen.subarray(0, end));
    }
    return undefined;
  } finally {
    // Somebody may have sent a secret to the wrong place.
    buffer.fill(0);
  }
}

function beginsLike(bytes: Uint8Array, text: string): boolean {
  return bytes.length <= text.length &&
    bytes.every((byte, i) => byte === text.charCodeAt(i));
}

function findEnd(bytes: Uint8Array, from: number): number {
  for (
    let at = bytes.indexOf(13, from);
    at >= 0;
    at = bytes.indexOf(13, at + 1)
  ) {
    if (END_OF_HEAD.every((byte, i) => bytes[at + i] === byte)) return at;
  }
  return -1;
}

function firstLine(head: Uint8Array): string {
  const end = head.indexOf(13);
  return new TextDecoder("latin1").decode(
    end < 0 ? head : head.subarray(0, end),
  );
}

/** Reads a request's first line: what was asked, or the status that says why not. */
export function parseHead(line: string): RequestHead | number {
  const match = /^([A-Z]{1,20}) (\/[\x21-\x7e]*) HTTP\/1\.[01]$/.exec(line);
  if (!match) return 400;
  const [path = "/"] = (match[2] ?? "/").split("?", 1);
  return { method: match[1] ?? "", path };
}
