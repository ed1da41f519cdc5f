/** A TCP server that sends raw bytes, for responses that no HTTP library would send. */

export class RawServer {
  readonly #listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  readonly #connections = new Set<Deno.Conn>();
  readonly #accepting: Promise<void>;
  readonly #first = Promise.withResolvers<void>();
  accepted = 0;
  #isClosed = false;

  constructor(serve: (connection: Deno.Conn) => Promise<void>) {
    this.#accepting = this.#accept(serve);
  }

  /** Accepts connections and never answers. */
  static silent(): RawServer {
    return new RawServer(() => new Promise(() => {}));
  }

  /** Resolves when the first client has connected. */
  get connected(): Promise<void> {
    return this.#first.promise;
  }

  get port(): number {
    return this.#listener.addr.port;
  }

  get address(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  async #accept(serve: (connection: Deno.Conn) => Promise<void>) {
    for await (const connection of this.#listener) {
      this.accepted++;
      this.#first.resolve();
      this.#connections.add(connection);
      serve(connection).catch(() => {}).finally(() => this.#drop(connection));
    }
  }

  #drop(connection: Deno.Conn): void {
    if (!this.#connections.delete(connection)) return;
    connection.close();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#listener.close();
    await this.#accepting.catch(() => {});
    for (const connection of this.#connections) this.#drop(connection);
  }
}

/** Reads a request's head; requests here have no body that matters. */
export async function readHead(connection: Deno.Conn): Promise<string> {
  const chunk = new Uint8Array(16 * 1024);
  let head = "";
  while (!head.includes("\r\n\r\n")) {
    const count = await connection.read(chunk);
    if (count === null) throw new Deno.errors.UnexpectedEof();
    head += new TextDecoder().decode(chunk.subarray(0, count));
  }
  return head;
}

export async function writeText(
  connection: Deno.Conn,
  text: string,
): Promise<void> {
  let rest = new TextEncoder().encode(text);
  while (rest.length > 0) {
    rest = rest.subarray(await connection.write(rest));
  }
}
