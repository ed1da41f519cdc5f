/** Requests from a socket: in pieces, too long, invalid. */
import { deepEqual, equal, ok } from "node:assert/strict";
import fc from "fast-check";
import { readBody, type Refusal } from "@/wrapper/unseal/request.ts";

/** A source of a text in pieces of these sizes. */
function sourceOf(text: string, sizes: readonly number[]) {
  let left = new TextEncoder().encode(text);
  let turn = 0;
  return {
    read(buffer: Uint8Array): Promise<number | null> {
      const wanted = sizes[turn++ % sizes.length] ?? 1;
      const count = Math.min(buffer.length, wanted, left.length);
      buffer.set(left.subarray(0, count));
      left = left.subarray(count);
      return Promise.resolve(count === 0 ? null : count);
    },
  };
}

const HEAD = "HTTP/1.1\r\nHost: x\r\ncontent-length: 5\r\n\r\n";

async function read(
  text: string,
  options: { buffer?: number; sizes?: readonly number[] } = {},
): Promise<string | Refusal> {
  const buffer = new Uint8Array(options.buffer ?? 256);
  const source = sourceOf(text, options.sizes ?? [1000]);
  const body = await readBody(source, buffer);
  if (!(body instanceof Uint8Array)) return body;
  // It is where it was read to, and nowhere else.
  ok(body.buffer === buffer.buffer);
  return new TextDecoder().decode(body);
}

async function statusOf(text: string, buffer?: number): Promise<number> {
  const answer = await read(text, buffer === undefined ? {} : { buffer });
  return typeof answer === "string" ? 200 : answer.status;
}

Deno.test("a body is read in any pieces", async () => {
  await fc.assert(fc.asyncProperty(
    fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1, maxLength: 9 }),
    async (sizes) => equal(await read(`${HEAD}hello`, { sizes }), "hello"),
  ));
});

Deno.test("bytes behind the body are ignored", async () => {
  equal(await read(`${HEAD}helloGET / HTTP/1.1\r\n\r\n`), "hello");
  equal(await read("HTTP/1.1\r\nContent-LENGTH:0005\r\n\r\nhello"), "hello");
});

Deno.test("a body that is too large is refused before it is read", async () => {
  const large = "HTTP/1.1\r\ncontent-length: 10485760\r\n\r\n";
  equal(await statusOf(large), 413);
  equal(await statusOf(`HTTP/1.1\r\nx: ${"y".repeat(400)}\r\n\r\n`), 413);
  equal(await statusOf(`${HEAD}hello`, HEAD.length + 4), 413);
  equal(await statusOf(`${HEAD}hello`, HEAD.length + 5), 200);
  equal(
    await statusOf(`HTTP/1.1\r\ncontent-length: ${"9".repeat(50)}\r\n\r\n`),
    413,
  );
});

Deno.test("a request with Origin, from a browser, is refused", async () => {
  const head = "HTTP/1.1\r\nOrigin: http://127.0.0.1\r\n";
  equal(await statusOf(`${head}content-length: 5\r\n\r\nhello`), 403);
});

Deno.test("a body without a length, or with two, is refused", async () => {
  equal(await statusOf("HTTP/1.1\r\nhost: x\r\n\r\n"), 411);
  const chunked = "transfer-encoding: chunked\r\n";
  for (
    const head of [
      `content-length: 5\r\n${chunked}`,
      "transfer-encoding: gzip, chunked\r\n",
      "transfer-encoding: chunkedx\r\n",
      "transfer-encoding:\r\n",
      "content-length: -1\r\n",
      "content-length: 0x10\r\n",
      "content-length: 5, 5\r\n",
      "content-length:\r\n",
      "content-length: １\r\n",
    ]
  ) {
    const text = `HTTP/1.1\r\n${head}\r\n5\r\nhello\r\n0\r\n\r\n`;
    equal(await statusOf(text), 400, head);
  }
});

const CHUNKED = "HTTP/1.1\r\nTransfer-Encoding:  Chunked \r\n\r\n";

Deno.test("chunks are joined, in any pieces", async () => {
  const piece = fc.string({
    minLength: 1,
    maxLength: 40,
    unit: fc.constantFrom(..."abc\r\n0"),
  });
  await fc.assert(fc.asyncProperty(
    fc.array(piece, { maxLength: 8 }),
    fc.array(fc.integer({ min: 1, max: 30 }), { minLength: 1, maxLength: 5 }),
    async (pieces, sizes) => {
      const chunks = pieces.map((text) =>
        `${text.length.toString(16)}\r\n${text}\r\n`
      );
      const text = `${CHUNKED}${chunks.join("")}0\r\n\r\n`;
      equal(await read(text, { buffer: 1024, sizes }), pieces.join(""));
    },
  ));
});

Deno.test("invalid or too large chunks are refused", async () => {
  for (
    const body of [
      "x\r\nhello\r\n0\r\n\r\n",
      "5;ext=1\r\nhello\r\n0\r\n\r\n",
      "5\nhello\r\n0\r\n\r\n",
      "\r\nhello\r\n0\r\n\r\n",
      "4\r\nhello\r\n0\r\n\r\n",
      "-5\r\nhello\r\n0\r\n\r\n",
      `${"0".repeat(20)}5\r\nhello\r\n0\r\n\r\n`,
      "5\r\nhello\r\n",
    ]
  ) equal(await statusOf(CHUNKED + body), 400, body);
  equal(await statusOf(`${CHUNKED}ffffff\r\n`), 413);
  equal(await statusOf(`${CHUNKED}${"f".repeat(14)}\r\n`), 413);
  const many = "5\r\nhello\r\n".repeat(100);
  equal(await statusOf(`${CHUNKED}${many}0\r\n\r\n`), 413);
});

Deno.test("a request that ends too early is refused", async () => {
  for (const text of ["", "HTTP/1.1", HEAD.slice(0, -1), `${HEAD}hell`]) {
    deepEqual(await read(text), {
      status: 400,
      error: "the request ended too early",
    });
  }
});

Deno.test("it never throws", async () => {
  await fc.assert(fc.asyncProperty(fc.string(), async (text) => {
    const answer = await read(text, { buffer: 64 });
    ok(typeof answer === "string" || answer.status >= 400);
  }));
});
