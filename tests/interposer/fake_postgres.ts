/** The part of a PostgreSQL server that asks psql for its password and keeps the connection open. */

const SSL_REQUEST = 80877103;

/** Listens on a free loopback port and collects `passwords`. */
export class FakePostgres implements Disposable {
  readonly passwords: string[] = [];
  readonly #listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });

  constructor() {
    void this.#serve();
  }

  get port(): number {
    return (this.#listener.addr as Deno.NetAddr).port;
  }

  [Symbol.dispose](): void {
    this.#listener.close();
  }

  async #serve(): Promise<void> {
    for await (const connection of this.#listener) {
      this.#talk(connection).catch(() => {});
    }
  }

  async #talk(connection: Deno.Conn): Promise<void> {
    let start = await read(connection);
    if (new DataView(start.buffer).getUint32(4) === SSL_REQUEST) {
      await connection.write(new TextEncoder().encode("N"));
      start = await read(connection);
    }
    // AuthenticationCleartextPassword, then no answer: psql waits and keeps the password.
    await connection.write(Uint8Array.of(0x52, 0, 0, 0, 8, 0, 0, 0, 3));
    const answer = await read(connection);
    this.passwords.push(new TextDecoder().decode(answer.subarray(5, -1)));
    await read(connection);
    connection.close();
  }
}

async function read(connection: Deno.Conn): Promise<Uint8Array> {
  const bytes = new Uint8Array(4096);
  const length = await connection.read(bytes);
  return bytes.slice(0, length ?? 0);
}
