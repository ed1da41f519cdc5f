/** A proxy that connects to this machine, whatever host the request names. */

/** Handles CONNECT, then relays bytes. */
export async function serveProxy(
  listener: Deno.TcpListener,
  seen: string[],
): Promise<void> {
  for await (const client of listener) {
    const buffer = new Uint8Array(4096);
    const count = await client.read(buffer);
    const head = new TextDecoder().decode(buffer.subarray(0, count ?? 0));
    seen.push(head);
    const port = Number(/:(\d+) HTTP/.exec(head)?.[1]);
    const server = await Deno.connect({ hostname: "127.0.0.1", port });
    await client.write(new TextEncoder().encode("HTTP/1.1 200 OK\r\n\r\n"));
    void client.readable.pipeTo(server.writable).catch(() => {});
    void server.readable.pipeTo(client.writable).catch(() => {});
  }
}
