/** Responses of servers, right and wrong, each with its one outcome. */

export const OK = "HTTP/1.1 200 OK\r\n";
export const CHUNKED = `${OK}transfer-encoding: chunked\r\n\r\n`;

const EOF = "UnexpectedEof connection closed before the end of the response";
const bad = (part: string) => `MalformedResponse ${part}`;
const FIELD = bad("a header field");
const LENGTH = bad("its length");
const LENGTHS = bad("two lengths");
const FIRST = bad("its first line");
const CHUNK = bad("the size of a chunk");

/** Bytes of a response, and its outcome. */
export const CASES: readonly (readonly [string, string])[] = [
  [`${OK}content-length: 2\r\n\r\nab`, "200 ab"],
  [`${OK}Content-LENGTH:2\r\n\r\nab`, "200 ab"],
  [`${OK}content-length: \t2 \t\r\n\r\nab`, "200 ab"],
  [`${OK}content-length: 0\r\n\r\n`, "200 "],
  [`${OK}content-length: 4\r\n\r\n\xf0\x9f\x94\x91`, "200 🔑"],
  ["HTTP/1.1 200\r\ncontent-length: 1\r\n\r\na", "200 a"],
  ["HTTP/1.1 404 \r\ncontent-length: 1\r\n\r\na", "404 a"],
  [
    `${OK}connection: Keep-Alive, Close\r\ncontent-length: 1\r\n\r\na`,
    "200 a closes",
  ],
  ["HTTP/1.0 200 OK\r\ncontent-length: 1\r\n\r\na", "200 a closes"],
  [`${OK}\r\nuntil the end`, "200 until the end closes"],
  [`${OK}\r\n`, "200  closes"],
  ["HTTP/1.1 204 No Content\r\n\r\n", "204 "],
  ["HTTP/1.1 204 No Content\r\ntransfer-encoding: chunked\r\n\r\n", "204 "],
  ["HTTP/1.1 204 No Content\r\ncontent-length: 5\r\n\r\nabcde", "204  more"],
  ["HTTP/1.1 304 Not Modified\r\ncontent-length: 5\r\n\r\n", "304 "],
  // Interim responses.
  [`HTTP/1.1 100 Continue\r\n\r\n${OK}content-length: 1\r\n\r\na`, "200 a"],
  [
    `HTTP/1.1 103 Early Hints\r\nlink: x\r\n\r\nHTTP/1.1 102 P\r\n\r\n${OK}content-length: 1\r\n\r\na`,
    "200 a",
  ],
  ["HTTP/1.1 100 Continue\r\n\r\n", EOF],
  ["HTTP/1.1 101 Switching\r\nupgrade: x\r\n\r\n", bad("HTTP 101")],
  ["HTTP/1.1 100 C\r\n\r\n".repeat(1200), bad("a long head")],
  // Bytes behind the response.
  [`${OK}content-length: 2\r\n\r\nabc`, "200 ab more"],
  [
    `${OK}content-length: 1\r\n\r\na${OK}content-length: 1\r\n\r\nb`,
    "200 a more",
  ],
  // Chunks.
  [`${CHUNKED}2\r\nab\r\n0\r\n\r\n`, "200 ab"],
  [`${CHUNKED}1\r\na\r\n1\r\nb\r\n0\r\n\r\n`, "200 ab"],
  [`${CHUNKED}2;name="v"\r\nab\r\n00 \r\nx-sum: 1\r\n\r\n`, "200 ab"],
  [`${CHUNKED}A\r\n0123456789\r\n0\r\n\r\n`, "200 0123456789"],
  [`${CHUNKED}2\r\n\xc3\xa9\r\n0\r\n\r\n`, "200 é"],
  [`${CHUNKED}1\r\n\xc3\r\n1\r\n\xa9\r\n0\r\n\r\n`, "200 é"],
  [`${CHUNKED}0\r\n\r\n`, "200 "],
  [`${OK}Transfer-Encoding: Chunked\r\n\r\n0\r\n\r\n`, "200 "],
  [`${CHUNKED}2\r\nab\r\n`, EOF],
  [`${CHUNKED}2\r\nab\r\n0\r\n`, EOF],
  [`${CHUNKED}2\r\na`, EOF],
  [`${CHUNKED}2`, EOF],
  [`${CHUNKED}2\r\nabc\r\n0\r\n\r\n`, bad("a chunk longer than its size")],
  [`${CHUNKED}\r\nab\r\n0\r\n\r\n`, CHUNK],
  [`${CHUNKED}g\r\nab\r\n0\r\n\r\n`, CHUNK],
  [`${CHUNKED}-2\r\nab\r\n0\r\n\r\n`, CHUNK],
  [`${CHUNKED}+2\r\nab\r\n0\r\n\r\n`, CHUNK],
  [`${CHUNKED}0x2\r\nab\r\n0\r\n\r\n`, CHUNK],
  [`${CHUNKED} 2\r\nab\r\n0\r\n\r\n`, CHUNK],
  [`${CHUNKED}000000002\r\nab\r\n0\r\n\r\n`, CHUNK],
  [`${CHUNKED}2\nab\n0\n\n`, bad("a line without CR")],
  [`${CHUNKED}0\r\nx: y`, EOF],
  [`${CHUNKED}0\r\nno field\r\n\r\n`, FIELD],
  [`${CHUNKED}ffffffff\r\na`, "TooLargeError"],
  // Lengths.
  [`${OK}content-length: 3\r\n\r\nab`, EOF],
  [`${OK}content-length: 2\r\ncontent-length: 2\r\n\r\nab`, LENGTH],
  [`${OK}content-length: 2, 3\r\n\r\nab`, LENGTH],
  [`${OK}content-length: -1\r\n\r\nab`, LENGTH],
  [`${OK}content-length: +2\r\n\r\nab`, LENGTH],
  [`${OK}content-length: 0x2\r\n\r\nab`, LENGTH],
  [`${OK}content-length: 2.0\r\n\r\nab`, LENGTH],
  [`${OK}content-length:\r\n\r\nab`, LENGTH],
  [`${OK}content-length: 1${"0".repeat(15)}\r\n\r\nab`, LENGTH],
  [`${OK}content-length: 67108865\r\n\r\nab`, "TooLargeError"],
  [
    `${OK}content-length: 2\r\ntransfer-encoding: chunked\r\n\r\n2\r\nab\r\n0\r\n\r\n`,
    LENGTHS,
  ],
  ["HTTP/1.0 200 OK\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n", LENGTHS],
  [
    `${OK}transfer-encoding: gzip, chunked\r\n\r\n0\r\n\r\n`,
    bad("another transfer coding than chunked"),
  ],
  [
    `${OK}transfer-encoding: identity\r\n\r\nab`,
    bad("another transfer coding than chunked"),
  ],
  [
    `${OK}transfer-encoding: chunked\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n`,
    bad("another transfer coding than chunked"),
  ],
  [
    `${OK}content-encoding: gzip\r\ncontent-length: 2\r\n\r\nab`,
    bad("compressed, which was not requested"),
  ],
  [`${OK}content-encoding: Identity\r\ncontent-length: 2\r\n\r\nab`, "200 ab"],
  // Bytes that are not UTF-8: a replacement would change a secret.
  [`${OK}content-length: 2\r\n\r\n\xc3(`, "NotTextError"],
  [`${OK}content-length: 1\r\n\r\n\xc3`, "NotTextError"],
  [`${OK}\r\n\xc3`, "NotTextError"],
  // Heads.
  ["", EOF],
  ["HTTP/1.1 200 OK", EOF],
  [OK, EOF],
  [`${OK}content-length: 2`, EOF],
  [`${OK}content-length: 2\r\n`, EOF],
  ["\r\nHTTP/1.1 200 OK\r\n\r\n", FIRST],
  ["SSH-2.0-OpenSSH_9.2\r\n", FIRST],
  ["HTTP/2 200 OK\r\n\r\n", FIRST],
  ["HTTP/1.2 200 OK\r\n\r\n", FIRST],
  ["http/1.1 200 OK\r\n\r\n", FIRST],
  ["HTTP/1.1  200 OK\r\n\r\n", FIRST],
  ["HTTP/1.1 20 OK\r\n\r\n", FIRST],
  ["HTTP/1.1 2000 OK\r\n\r\n", FIRST],
  ["HTTP/1.1 099 OK\r\n\r\n", FIRST],
  ["HTTP/1.1 200 O\0K\r\n\r\n", FIRST],
  ["HTTP/1.1 200 OK\n\n", bad("a line without CR")],
  ["\n", bad("a line without CR")],
  [`${OK}a: b\n\r\n`, bad("a line without CR")],
  [`${OK}a: b\rc\r\n\r\n`, FIELD],
  [`${OK}a: b\0c\r\n\r\n`, FIELD],
  [`${OK}a : b\r\n\r\n`, FIELD],
  [`${OK} a: b\r\n\r\n`, FIELD],
  [`${OK}a: b\r\n c\r\n\r\n`, FIELD],
  [`${OK}: b\r\n\r\n`, FIELD],
  [`${OK}a\r\n\r\n`, FIELD],
  [`${OK}a: ${"b".repeat(17_000)}\r\n\r\n`, bad("a long line")],
  [`${OK}${`a: ${"b".repeat(1000)}\r\n`.repeat(17)}\r\n`, bad("a long head")],
  [
    `${OK}${`a: ${"b".repeat(1000)}\r\n`.repeat(15)}content-length: 1\r\n\r\na`,
    "200 a",
  ],
];
