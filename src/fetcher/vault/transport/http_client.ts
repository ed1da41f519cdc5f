/**
 * HTTP/1.1 to one server over kept connections, without `fetch`: that costs each
 * process 9 ms more (docs/DEPENDENCIES.md).
 */
import type { Connect } from "./connect.ts";
import { Connection } from "./connection.ts";
import type { HttpRequest, HttpResponse, Transport } from "./transport.ts";

/** Opens a connection for each request that finds none idle; callers bound how many run at once. */
export class HttpClient implements Transport {
  readonly #connect: Connect;
  readonly #connections = new Set<Connection>();
  readonly #idle: Connection[] = [];

  constructor(connect: Connect) {
    this.#connect = connect;
  }

  /**
   * Sends a request once. A GET that gets no byte of a response on a kept
   * connection is sent again on a new one: the server had probably closed it.
   *
   * @throws what Connection.exchange throws
   */
  async exchange(request: HttpRequest): Promise<HttpResponse> {
    const kept = this.#takeIdle();
    if (kept !== undefined) {
      try {
        return await this.#exchangeOn(kept, request);
      } catch (error) {
        const isRepeatable = request.method === "GET" && kept.wasSilent &&
          !request.signal.aborted;
        if (!isRepeatable) throw error;
      }
    }
    return await this.#exchangeOn(await this.#open(request.signal), request);
  }

  /** Closes all connections. */
  close(): void {
    for (const connection of this.#connections) connection.close();
    this.#connections.clear();
  }

  async #open(signal: AbortSignal): Promise<Connection> {
    const connection = new Connection(await this.#connect(signal));
    this.#connections.add(connection);
    return connection;
  }

  async #exchangeOn(
    connection: Connection,
    request: HttpRequest,
  ): Promise<HttpResponse> {
    try {
      return await connection.exchange(request);
    } finally {
      if (connection.isUsable) this.#idle.push(connection);
      else this.#drop(connection);
    }
  }

  #takeIdle(): Connection | undefined {
    for (;;) {
      const connection = this.#idle.pop();
      if (connection === undefined || connection.isUsable) return connection;
      this.#drop(connection);
    }
  }

  #drop(connection: Connection): void {
    connection.close();
    this.#connections.delete(connection);
  }
}
