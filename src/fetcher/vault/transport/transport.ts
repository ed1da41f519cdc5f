/**
 * One exchange with an HTTP server, with a size limit and without retries or
 * redirects.
 */

/** A request. */
export interface HttpRequest {
  readonly method: "GET" | "POST";
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | undefined;
  readonly signal: AbortSignal;
}

/** A complete response. */
export interface HttpResponse {
  readonly status: number;
  header(name: string): string | undefined;
  readonly text: string;
}

/** A way to reach a server. */
export interface Transport {
  exchange(request: HttpRequest): Promise<HttpResponse>;
  close(): void;
}

const MAX_BODY_BYTES = 64 * 1024 * 1024;

/** The response is larger than MAX_BODY_BYTES. */
export class TooLargeError extends Error {}

/** The response is not UTF-8. */
export class NotTextError extends Error {}

/** The server sent something else than a response. The message names the part, never its content. */
export class MalformedResponse extends Error {}

/** A body, decoded as it arrives, strictly: a replacement character would change a secret. */
export class BodyText {
  readonly #decoder = new TextDecoder("utf-8", { fatal: true });
  #text = "";
  #bytes = 0;

  /** Announces bytes. @throws TooLargeError */
  expect(bytes: number): void {
    if (this.#bytes + bytes > MAX_BODY_BYTES) throw new TooLargeError();
  }

  /** Appends a piece, which may end inside a character. @throws TooLargeError, NotTextError */
  add(piece: Uint8Array): void {
    this.expect(piece.length);
    this.#bytes += piece.length;
    this.#text += this.#decode(piece);
  }

  /** The whole text. @throws NotTextError */
  end(): string {
    return this.#text + this.#decode();
  }

  #decode(piece?: Uint8Array): string {
    try {
      return this.#decoder.decode(piece, { stream: piece !== undefined });
    } catch {
      throw new NotTextError();
    }
  }
}
