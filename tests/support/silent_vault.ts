/** A Vault that takes every request and answers none, until it is told to. */

/** Listens on loopback until it is disposed of. */
export class SilentVault implements Disposable {
  readonly address: string;
  /** Resolves when the first client has connected. */
  readonly asked: Promise<void>;
  readonly #listener: Deno.TcpListener;
  readonly #connections: Deno.Conn[] = [];

  constructor() {
    this.#listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
    this.address = `http://127.0.0.1:${this.#listener.addr.port}`;
    this.asked = this.#accept();
  }

  async #accept(): Promise<void> {
    this.#connections.push(await this.#listener.accept());
    this.#acceptMore();
  }

  async #acceptMore(): Promise<void> {
    try {
      for await (const one of this.#listener) this.#connections.push(one);
    } catch {
      // The test is over.
    }
  }

  [Symbol.dispose](): void {
    this.#listener.close();
    for (const connection of this.#connections) connection.close();
  }
}
