/**
 * Joins TCP and Unix sockets. A Unix socket is a file and so reaches across
 * network namespaces: one relay on each side of it joins two of them, and no
 * interface, route or firewall of the machine is touched.
 *
 *   relay.ts unix:/path tcp:10.88.0.1:443     listens on the first, connects to the second
 */

/** One end: `unix:/path` or `tcp:address:port`. */
export type End = string;

/** A relay that runs; closing it closes its connections. */
export class Relay implements Disposable {
  readonly #listener: Deno.Listener;
  readonly #open = new Set<Deno.Conn>();

  constructor(from: End, to: End) {
    this.#listener = listen(from);
    this.#serve(to);
  }

  /** The port that it listens on; 0 when it is a Unix socket. */
  get port(): number {
    const { addr } = this.#listener;
    return "port" in addr ? addr.port : 0;
  }

  [Symbol.dispose](): void {
    this.#listener.close();
    for (const connection of this.#open) close(connection);
  }

  async #serve(to: End): Promise<void> {
    try {
      for await (const near of this.#listener) this.#join(near, to);
    } catch {
      // Closed.
    }
  }

  async #join(near: Deno.Conn, to: End): Promise<void> {
    this.#open.add(near);
    let far: Deno.Conn | undefined;
    try {
      far = await connect(to);
      this.#open.add(far);
      await Promise.all([pump(near, far), pump(far, near)]);
    } catch {
      // One side has gone: the other one learns it by the end of its connection.
    }
    for (const connection of [near, far]) {
      if (connection === undefined) continue;
      close(connection);
      this.#open.delete(connection);
    }
  }
}

function listen(end: End): Deno.Listener {
  const { path, hostname, port } = parse(end);
  return path === undefined
    ? Deno.listen({ hostname, port })
    : Deno.listen({ transport: "unix", path });
}

function connect(end: End): Promise<Deno.Conn> {
  const { path, hostname, port } = parse(end);
  return path === undefined
    ? Deno.connect({ hostname, port })
    : Deno.connect({ transport: "unix", path });
}

function parse(end: End) {
  const [, kind, rest = ""] = end.match(/^(unix|tcp):(.+)$/) ?? [];
  if (kind === "unix") return { path: rest, hostname: "", port: 0 };
  const [, hostname = "", port] = rest.match(/^([\d.]+):(\d+)$/) ?? [];
  if (port === undefined) throw new TypeError(`Not an end: "${end}"`);
  return { path: undefined, hostname, port: Number(port) };
}

async function pump(from: Deno.Conn, to: Deno.Conn): Promise<void> {
  const buffer = new Uint8Array(64 * 1024);
  for (;;) {
    const size = await from.read(buffer);
    if (size === null) break;
    for (let at = 0; at < size;) {
      at += await to.write(buffer.subarray(at, size));
    }
  }
  await (to as Deno.TcpConn | Deno.UnixConn).closeWrite();
}

function close(connection: Deno.Conn): void {
  try {
    connection.close();
  } catch {
    // It is closed already.
  }
}

if (import.meta.main) {
  const [from, to] = Deno.args;
  if (from === undefined || to === undefined) {
    throw new TypeError("relay.ts FROM TO");
  }
  new Relay(from, to);
  // Whoever started it waits for this line.
  console.log("ready");
}
