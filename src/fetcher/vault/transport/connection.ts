/** One kept connection to the server: one request at a time. */
import { ByteReader } from "./byte_reader.ts";
import { readResponse } from "./response.ts";
import type { HttpRequest, HttpResponse } from "./transport.ts";

/** What `Deno.connect` and `Deno.startTls` return. */
export type Stream = Pick<Deno.Conn, "read" | "write" | "close">;

/** A connection; closed for good after any failure. */
export class Connection {
  readonly #stream: Stream;
  readonly #reader: ByteReader;
  #isOpen = true;

  constructor(stream: Stream) {
    this.#stream = stream;
    this.#reader = new ByteReader(stream);
  }

  /** False after a failure, after the server's end, and when the server sent what nothing asked for. */
  get isUsable(): boolean {
    return this.#isOpen && !this.#reader.isDisturbed;
  }

  /** True when the last request failed before a byte of its response arrived. */
  get wasSilent(): boolean {
    return !this.#reader.hasBegun;
  }

  /**
   * Sends a request and reads the response. Closes the connection when the
   * request's signal aborts, when anything fails, and when the server wants it.
   *
   * @throws MalformedResponse, TooLargeError, NotTextError, or the network's error
   */
  async exchange(request: HttpRequest): Promise<HttpResponse> {
    const { signal } = request;
    const close = () => this.close();
    signal.throwIfAborted();
    signal.addEventListener("abort", close);
    try {
      await this.#send(renderRequest(request));
      const { response, isReusable } = await readResponse(this.#reader);
      // More bytes than the response has: the server and we disagree.
      if (isReusable && this.#reader.isEmpty) this.#reader.watch();
      else this.close();
      return response;
    } catch (error) {
      this.close();
      throw error;
    } finally {
      signal.removeEventListener("abort", close);
    }
  }

  /** Closes it; a running exchange fails. */
  close(): void {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    this.#stream.close();
  }

  async #send(bytes: Uint8Array): Promise<void> {
    for (let rest = bytes; rest.length > 0;) {
      rest = rest.subarray(await this.#stream.write(rest));
    }
  }
}

/**
 * Head and body in one piece, which TCP then sends in one packet.
 *
 * @throws TypeError for a header that would end its line
 */
function renderRequest(
  { method, url, headers, body }: HttpRequest,
): Uint8Array {
  const lines = [
    `${method} ${url.pathname}${url.search} HTTP/1.1`,
    `host: ${url.host}`,
    ...Object.entries(headers).map(([name, value]) => `${name}: ${value}`),
  ];
  const content = new TextEncoder().encode(body ?? "");
  if (method === "POST") lines.push(`content-length: ${content.length}`);
  if (!lines.every((line) => /^[\x20-\x7e\xa0-\xff]*$/.test(line))) {
    throw new TypeError("a header contains a control character");
  }
  const head = `${lines.join("\r\n")}\r\n\r\n`;
  const bytes = new Uint8Array(head.length + content.length);
  // Latin-1, as HTTP has it.
  for (let i = 0; i < head.length; i++) bytes[i] = head.charCodeAt(i);
  bytes.set(content, head.length);
  return bytes;
}
