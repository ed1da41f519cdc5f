/** Requests to the wrapper's server, and the responses of a Vault. */
import { parseHead, readHead } from "@/http/request_head.ts";
import { ByteReader } from "@/fetcher/vault/transport/byte_reader.ts";
import { readResponse } from "@/fetcher/vault/transport/response.ts";
import {
  MalformedResponse,
  NotTextError,
  TooLargeError,
} from "@/fetcher/vault/transport/transport.ts";
import { readBody } from "@/wrapper/unseal/request.ts";
import { findToken } from "@/wrapper/unseal/token_body.ts";
import { decode, latin1, must, mustEqual, type Target } from "../target.ts";

const HEADS = [
  "GET /metrics HTTP/1.1\r\nHost: localhost:8199\r\n\r\n",
  "GET /v1/status?x=1 HTTP/1.0\r\nHost: a\r\nHost: b\r\nAccept: */*\r\n\r\n",
  "HEAD / HTTP/1.1\r\nhost:x\r\nX-Cloudtaser-Tool: 1\r\n\r\n",
];
const POSTS = [
  'POST /v1/unseal HTTP/1.1\r\ncontent-length: 15\r\n\r\n{"token":"hvs"}',
  'POST /v1/unseal HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n{"tok\r\nA\r\nen":"hvs"}\r\n0\r\n\r\n',
  "POST / HTTP/1.1\r\nOrigin: http://x\r\ncontent-length: 1\r\n\r\nx",
];
const RESPONSES = [
  'HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 13\r\n\r\n{"data":{"a":1}}',
  "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n2;x=y\r\n{}\r\n0\r\nA: b\r\n\r\n",
  "HTTP/1.0 404 Not Found\r\nConnection: close\r\n\r\n{}",
  "HTTP/1.1 204 No Content\r\n\r\n",
];
const WORDS = [
  "\r\n",
  "\r\n\r\n",
  "\n",
  ":",
  " ",
  "\t",
  "Host:",
  "content-length: ",
  "transfer-encoding: chunked",
  "HTTP/1.1",
  "0\r\n\r\n",
  "ffffffff",
  "99999999999999999999",
  "connection: close",
  "content-encoding: gzip",
  "\u00e9",
];
/** Replies of a connection: pieces of `size` bytes. */
class Pieces {
  readonly #bytes: Uint8Array;
  readonly #size: number;
  #at = 0;

  constructor(bytes: Uint8Array, size: number) {
    this.#bytes = bytes;
    this.#size = size;
  }

  read(into: Uint8Array): Promise<number | null> {
    const piece = this.#bytes.subarray(
      this.#at,
      this.#at + Math.min(this.#size, into.length),
    );
    into.set(piece);
    this.#at += piece.length;
    return Promise.resolve(piece.length === 0 ? null : piece.length);
  }
}

/** Reads all at once and in pieces, whose size the input decides: the results must be the same. */
async function inPieces<T>(
  input: Uint8Array,
  read: (source: Pieces) => Promise<T>,
): Promise<T> {
  const whole = await read(new Pieces(input, Infinity));
  const parted = await read(new Pieces(input, 1 + input.length % 7));
  mustEqual(parted, whole, "in pieces");
  return whole;
}

async function readVault(source: Pieces): Promise<unknown> {
  try {
    const { response, isReusable } = await readResponse(new ByteReader(source));
    return { status: response.status, text: response.text, isReusable };
  } catch (error) {
    const isDocumented = error instanceof MalformedResponse ||
      error instanceof TooLargeError ||
      error instanceof NotTextError ||
      error instanceof Deno.errors.UnexpectedEof;
    if (!isDocumented) throw error;
    return error.constructor.name;
  }
}

export const HTTP_TARGETS: readonly Target[] = [
  {
    name: "http-first-line",
    weight: 3,
    samples: HEADS.map((head) => head.split("\r\n")[0] ?? ""),
    words: [
      "GET",
      "POST",
      " ",
      "/",
      "?",
      "HTTP/1.1",
      "HTTP/1.0",
      "#",
      "\u00ff",
    ],
    check: (input) => {
      const line = parseHead(latin1(input));
      if (typeof line === "number") return must(line === 400, "status");
      must(
        latin1(input).startsWith(`${line.method} ${line.path}`),
        "round trip",
      );
      // The URL standard as a reference.
      must(URL.canParse(`http://a${line.path}`), "path");
    },
  },
  {
    name: "http-head",
    weight: 3,
    samples: [...HEADS, ...POSTS],
    words: WORDS,
    check: async (input) => {
      const head = await inPieces(input, async (source) => {
        const read = await readHead(source as unknown as Deno.TcpConn, {
          begin: "POST /v1/unseal ",
        });
        return typeof read === "symbol" ? "routed" : read;
      });
      if (typeof head !== "object") return;
      must(
        head.path.startsWith("/") &&
          head.hosts.every((host) => !/[\r\n]$/.test(host)),
        "head",
      );
    },
  },
  {
    name: "unseal-request",
    weight: 3,
    samples: POSTS,
    words: WORDS,
    check: async (input) => {
      const body = await inPieces(input, async (source) => {
        const read = await readBody(source, new Uint8Array(4096));
        return read instanceof Uint8Array ? latin1(read) : read;
      });
      if (typeof body !== "string") {
        must(body.status >= 400 && body.status < 500, "status");
      }
    },
  },
  {
    name: "unseal-body",
    weight: 8,
    samples: [
      '{"token":"hvs.CAESI"}',
      ' { "token" : "s.1" } \n',
      '{"token":""}',
      '{"token":"a","b":1}',
    ],
    words: ['"token"', "{", "}", '"', ":", " ", "\\u0041", "\u00e9", ","],
    check: (input) => {
      const token = findToken(input);
      if (token === undefined) return;
      // JSON.parse is the reference: what is accepted here means the same there.
      mustEqual(
        JSON.parse(decode(input)),
        { token: latin1(token) },
        "JSON.parse",
      );
    },
  },
  {
    name: "vault-response",
    weight: 4,
    samples: RESPONSES,
    words: WORDS,
    check: async (input) => void await inPieces(input, readVault),
  },
];
