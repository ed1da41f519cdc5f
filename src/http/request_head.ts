/**
 * Reads the first line and the Host header of a request. The rest may hold a
 * secret that was sent to the wrong address: it is wiped without being decoded.
 */
import { TOOL_HEADER } from "@/protocol/status.ts";
import type { Addressee } from "./allowed_host.ts";

/** A request's first line; `path` excludes the query. */
export interface RequestLine {
  readonly method: string;
  readonly path: string;
  /** `1.1`, `1.0`. */
  readonly version: string;
}

/** First line and Host of a request. */
export type RequestHead = RequestLine & Addressee;

const HEAD_LIMIT_BYTES = 8192;

/** The request begins like the route; the rest is unread. */
export const ROUTED = Symbol("routed");
const END_OF_HEAD = [13, 10, 13, 10];

/** The request's head, or the HTTP status to refuse with. */
export async function readHead(
  connection: Deno.TcpConn,
  route: { readonly begin: string } | undefined,
): Promise<RequestHead | typeof ROUTED | number> {
  const buffer = new Uint8Array(HEAD_LIMIT_BYTES + 1);
  try {
    let filled = 0;
    while (filled < buffer.length) {
      // Of a request that begins like the route, only the beginning is read.
      const limit = route && beginsLike(buffer.subarray(0, filled), route.begin)
        ? route.begin.length
        : buffer.length;
      const count = await connection.read(buffer.subarray(filled, limit));
      if (!count) return 400;
      const from = Math.max(0, filled - END_OF_HEAD.length + 1);
      filled += count;
      const seen = buffer.subarray(0, filled);
      if (filled === route?.begin.length && beginsLike(seen, route.begin)) {
        return ROUTED;
      }
      const end = findEnd(seen, from);
      if (end >= 0) return readLines(seen.subarray(0, end));
    }
    return 431;
  } finally {
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

function readLines(head: Uint8Array): RequestHead | number {
  const [first = head, ...headers] = splitLines(head);
  const line = parseHead(decode(first));
  if (typeof line === "number") return line;
  // RFC 9112, 5.1: a proxy that ignores the space would see another Host.
  if (headers.some(hasBlankBeforeColon)) return 400;
  const hosts = headers.filter((one) => isNamed(one, "host"))
    .map((one) => decode(one.subarray("host:".length)).trim());
  const isTool = headers.some((one) => isNamed(one, TOOL_HEADER));
  return { ...line, hosts, isTool };
}

/** Splits at CR LF only: a lone CR or LF is part of a line. */
function splitLines(head: Uint8Array): Uint8Array[] {
  const lines: Uint8Array[] = [];
  let start = 0;
  for (let at = head.indexOf(10); at >= 0; at = head.indexOf(10, at + 1)) {
    if (head[at - 1] !== 13) continue;
    lines.push(head.subarray(start, at - 1));
    start = at + 1;
  }
  return [...lines, head.subarray(start)];
}

function hasBlankBeforeColon(line: Uint8Array): boolean {
  const last = line[line.indexOf(":".charCodeAt(0)) - 1];
  return last === 32 || last === 9;
}

/** Ignores case. */
function isNamed(line: Uint8Array, name: string): boolean {
  return decode(line.subarray(0, name.length + 1)).toLowerCase() === `${name}:`;
}

function decode(bytes: Uint8Array): string {
  return new TextDecoder("latin1").decode(bytes);
}

/** Parses a request's first line; a number is the HTTP status to refuse with. */
export function parseHead(line: string): RequestLine | number {
  const match = /^([A-Z]{1,20}) (\/[\x21-\x7e]*) HTTP\/(1\.[01])$/.exec(line);
  if (!match) return 400;
  const [path = "/"] = (match[2] ?? "/").split("?", 1);
  return { method: match[1] ?? "", path, version: match[3] ?? "" };
}
