/**
 * Reads one HTTP/1.1 response (RFC 9112). What is not exactly a response is an
 * error: a body that is too short must not become a secret.
 */
import { BUFFER_BYTES, type ByteReader, endedEarly } from "./byte_reader.ts";
import { BodyText, type HttpResponse, MalformedResponse } from "./transport.ts";

/** A complete response, and whether the connection can be used again. */
export interface ReadResponse {
  readonly response: HttpResponse;
  readonly isReusable: boolean;
}

interface Head {
  readonly status: number;
  readonly isVersion11: boolean;
  /** By lower-case name; fields of the same name are joined by commas. */
  readonly fields: ReadonlyMap<string, string>;
}

/** A body's end: after a number of bytes, after the last chunk, or with the connection. */
type Framing = number | "chunked" | "until close";

/**
 * Reads the response to a GET or POST.
 *
 * @throws MalformedResponse, TooLargeError, NotTextError, UnexpectedEof
 */
export async function readResponse(reader: ByteReader): Promise<ReadResponse> {
  const head = await readFinalHead(reader);
  const { status, fields } = head;
  const framing = findFraming(head);
  const body = new BodyText();
  if (framing === "chunked") await readChunks(reader, body);
  else if (framing === "until close") await readToEnd(reader, body);
  else await readExactly(reader, framing, body);
  const wantsClose = /\bclose\b/i.test(fields.get("connection") ?? "");
  return {
    response: {
      status,
      header: (name) => fields.get(name),
      text: body.end(),
    },
    isReusable: head.isVersion11 && framing !== "until close" && !wantsClose,
  };
}

/** Bounds the lines of a head, or of a trailer. */
class HeadBudget {
  #left = BUFFER_BYTES;

  /** @returns the line. @throws MalformedResponse */
  spend(line: string): string {
    this.#left -= line.length + 2;
    if (this.#left < 0) throw new MalformedResponse("a long head");
    return line;
  }
}

/** Skips interim responses (1xx), which share the size limit of the head. */
async function readFinalHead(reader: ByteReader): Promise<Head> {
  const budget = new HeadBudget();
  for (;;) {
    const head = await readHead(reader, budget);
    if (head.status >= 200) return head;
    if (head.status === 101) throw new MalformedResponse("HTTP 101");
  }
}

async function readHead(
  reader: ByteReader,
  budget: HeadBudget,
): Promise<Head> {
  const first = budget.spend(await reader.line());
  const [, minor, status] =
    /^HTTP\/1\.([01]) ([1-9]\d\d)(?: [\t\x20-\x7e\x80-\xff]*)?$/.exec(first) ??
      [];
  if (status === undefined) throw new MalformedResponse("its first line");
  const fields = await readFields(reader, budget);
  return { status: Number(status), isVersion11: minor === "1", fields };
}

/** Header or trailer fields, to the empty line. */
async function readFields(
  reader: ByteReader,
  budget: HeadBudget,
): Promise<Map<string, string>> {
  const fields = new Map<string, string>();
  for (;;) {
    const line = budget.spend(await reader.line());
    if (line === "") return fields;
    const [, name, value = ""] =
      /^([!#$%&'*+\-.^`|~\w]+):[ \t]*((?:[\t\x20-\x7e\x80-\xff]*[\x21-\x7e\x80-\xff])?)[ \t]*$/
        .exec(line) ?? [];
    if (name === undefined) throw new MalformedResponse("a header field");
    const key = name.toLowerCase();
    const before = fields.get(key);
    fields.set(key, before === undefined ? value : `${before}, ${value}`);
  }
}

function findFraming({ status, isVersion11, fields }: Head): Framing {
  const length = fields.get("content-length");
  const coding = fields.get("transfer-encoding");
  if (!/^(?:identity)?$/i.test(fields.get("content-encoding") ?? "")) {
    throw new MalformedResponse("compressed, which was not requested");
  }
  // They never have a body, whatever their fields say (RFC 9112, 6.3).
  if (status === 204 || status === 304) return 0;
  if (coding !== undefined) {
    if (length !== undefined || !isVersion11) {
      throw new MalformedResponse("two lengths");
    }
    if (coding.toLowerCase() === "chunked") return "chunked";
    throw new MalformedResponse("another transfer coding than chunked");
  }
  if (length === undefined) return "until close";
  if (/^\d{1,15}$/.test(length)) return Number(length);
  throw new MalformedResponse("its length");
}

async function readExactly(
  reader: ByteReader,
  length: number,
  body: BodyText,
): Promise<void> {
  body.expect(length);
  for (let left = length; left > 0;) {
    const piece = await reader.piece(left);
    if (piece === undefined) throw endedEarly();
    body.add(piece);
    left -= piece.length;
  }
}

async function readToEnd(reader: ByteReader, body: BodyText): Promise<void> {
  for (;;) {
    const piece = await reader.piece(Infinity);
    if (piece === undefined) return;
    body.add(piece);
  }
}

async function readChunks(reader: ByteReader, body: BodyText): Promise<void> {
  for (;;) {
    const [, size] = /^([\da-f]{1,8})[ \t]*(?:;.*)?$/i.exec(
      await reader.line(),
    ) ?? [];
    if (size === undefined) throw new MalformedResponse("the size of a chunk");
    const length = Number.parseInt(size, 16);
    if (length === 0) break;
    await readExactly(reader, length, body);
    if (await reader.line() !== "") {
      throw new MalformedResponse("a chunk longer than its size");
    }
  }
  await readFields(reader, new HeadBudget());
}
