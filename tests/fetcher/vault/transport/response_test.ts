/**
 * One outcome for every response, however the network splits it: the whole body,
 * or an error. A body that is too short never becomes a secret.
 */
import assert from "node:assert/strict";
import fc from "fast-check";
import { ByteReader } from "@/fetcher/vault/transport/byte_reader.ts";
import { CASES, CHUNKED, OK } from "./response_cases.ts";
import { readResponse } from "@/fetcher/vault/transport/response.ts";

/** The bytes of a text, one for each character. */
function toBytes(text: string): Uint8Array {
  return Uint8Array.from(text, (character) => character.charCodeAt(0));
}

/** A connection that delivers these pieces and ends. */
function deliver(pieces: readonly Uint8Array[]): ByteReader {
  const queue = pieces.filter(({ length }) => length > 0);
  return new ByteReader({
    read: (into) => {
      const piece = queue.shift();
      if (piece === undefined) return Promise.resolve(null);
      const part = piece.subarray(0, into.length);
      if (part.length < piece.length) {
        queue.unshift(piece.subarray(part.length));
      }
      into.set(part);
      return Promise.resolve(part.length);
    },
  });
}

/** The outcome as one line: status and body, `closes`, and what is left; or the error. */
async function outcomeOf(pieces: readonly Uint8Array[]): Promise<string> {
  const reader = deliver(pieces);
  try {
    const { response, isReusable } = await readResponse(reader);
    const { status, text } = response;
    const marks = `${isReusable ? "" : " closes"}${
      reader.isEmpty ? "" : " more"
    }`;
    return `${status} ${text}${marks}`;
  } catch (error) {
    const { constructor, message } = error as Error;
    return [constructor.name, message].join(" ").trim();
  }
}

/** As one piece, byte by byte, and split in two at every place. */
function* splits(bytes: Uint8Array): Iterable<Uint8Array[]> {
  yield [bytes];
  yield [...bytes].map((_, at) => bytes.subarray(at, at + 1));
  if (bytes.length > 400) return;
  for (let at = 1; at < bytes.length; at++) {
    yield [bytes.subarray(0, at), bytes.subarray(at)];
  }
}

for (const [text, wanted] of CASES) {
  const title = text.length > 90
    ? `${text.slice(0, 60)}… (${text.length})`
    : text;
  Deno.test(`readResponse(${JSON.stringify(title)}): ${wanted}`, async () => {
    for (const pieces of splits(toBytes(text))) {
      const outcome = await outcomeOf(pieces);
      // Garbage that has not arrived cannot be seen.
      const late = pieces.length > 1 && wanted.endsWith(" more");
      assert.equal(
        late ? outcome.replace(/ more$/, "") : outcome,
        late ? wanted.replace(/ more$/, "") : wanted,
      );
    }
  });
}

const bodies = fc.string({ unit: "grapheme", maxLength: 300 });

/** A response with this body, its length known or in chunks of these sizes. */
function render(body: string, sizes: readonly number[]): Uint8Array {
  const bytes = new TextEncoder().encode(body);
  const content = toLatin1(bytes);
  if (sizes.length === 0) {
    return toBytes(`${OK}content-length: ${bytes.length}\r\n\r\n${content}`);
  }
  let [rest, chunks] = [content, ""];
  for (let i = 0; rest !== ""; i++) {
    const piece = rest.slice(0, sizes[i % sizes.length]);
    rest = rest.slice(piece.length);
    chunks += `${piece.length.toString(16)}\r\n${piece}\r\n`;
  }
  return toBytes(`${CHUNKED}${chunks}0\r\n\r\n`);
}

function toLatin1(bytes: Uint8Array): string {
  return [...bytes].map((byte) => String.fromCharCode(byte)).join("");
}

const sizes = fc.array(fc.integer({ min: 1, max: 100 }), { maxLength: 3 });

Deno.test("readResponse() gives the body, however it is split", () =>
  fc.assert(
    fc.asyncProperty(
      bodies,
      sizes,
      fc.array(fc.nat(500)),
      async (body, chunks, cuts) => {
        const bytes = render(body, chunks);
        const places = [
          0,
          ...cuts.filter((at) => at < bytes.length).sort((a, b) => a - b),
          bytes.length,
        ];
        const pieces = places.slice(1).map((at, i) =>
          bytes.subarray(places[i], at)
        );
        const { response, isReusable } = await readResponse(deliver(pieces));
        assert.deepEqual([response.text, isReusable], [
          body.replace(/^\ufeff/, ""),
          true,
        ]);
      },
    ),
  ));

Deno.test("readResponse() never gives a part of a body", () =>
  fc.assert(
    fc.asyncProperty(bodies, sizes, fc.nat(), async (body, chunks, at) => {
      const bytes = render(body, chunks);
      const outcome = await outcomeOf([bytes.subarray(0, at % bytes.length)]);
      assert.match(outcome, /^(UnexpectedEof|NotTextError)/);
    }),
  ));

Deno.test("readResponse() gives a response or one of its errors for any bytes", () =>
  fc.assert(
    fc.asyncProperty(
      fc.uint8Array({ maxLength: 200 }),
      fc.constantFrom("", OK, CHUNKED, `${OK}content-length: 9\r\n\r\n`),
      async (bytes, head) => {
        const outcome = await outcomeOf([toBytes(head), bytes]);
        assert.match(
          outcome,
          /^(\d{3} |UnexpectedEof|MalformedResponse|NotTextError|TooLargeError)/,
        );
      },
    ),
    { numRuns: 1000 },
  ));

Deno.test("readResponse() passes the largest body, and no larger one", async () => {
  const piece = new Uint8Array(1 << 20).fill(0x61);
  const chunk = [toBytes("100000\r\n"), piece, toBytes("\r\n")];
  const full = Array.from({ length: 64 }, () => chunk).flat();
  const { response } = await readResponse(
    deliver([toBytes(CHUNKED), ...full, toBytes("0\r\n\r\n")]),
  );
  assert.equal(response.text.length, 64 << 20);
  assert.equal(
    await outcomeOf([
      toBytes(CHUNKED),
      ...full,
      toBytes("1\r\na\r\n0\r\n\r\n"),
    ]),
    "TooLargeError",
  );
  const endless = Array.from({ length: 65 }, () => piece);
  assert.equal(
    await outcomeOf([toBytes(`${OK}\r\n`), ...endless]),
    "TooLargeError",
  );
});

Deno.test("readResponse() has the header fields by any name's case", async () => {
  const { response } = await readResponse(
    deliver([
      toBytes(
        `HTTP/1.1 503 X\r\nRetry-After: 7\r\na: b\r\nA: c\r\ncontent-length: 0\r\n\r\n`,
      ),
    ]),
  );
  assert.deepEqual(
    ["retry-after", "a", "location"].map((name) => response.header(name)),
    ["7", "b, c", undefined],
  );
});
