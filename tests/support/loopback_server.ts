/** An HTTP or HTTPS server on loopback. */
import * as http from "node:http";
import * as https from "node:https";
import type { AddressInfo, Socket } from "node:net";
import type { IdentityFiles } from "../../tools/openbao/certificates.ts";

/** `await using` ends it and its connections. */
export class LoopbackServer implements AsyncDisposable {
  readonly #server: http.Server;
  readonly #sockets = new Set<Socket>();

  private constructor(server: http.Server) {
    this.#server = server;
    server.on("tlsClientError", () => {});
    server.on("connection", (socket: Socket) => {
      this.#sockets.add(socket);
      socket.on("error", () => {});
      socket.on("close", () => this.#sockets.delete(socket));
    });
  }

  /** @param identity its certificate; without one it is a server without TLS */
  static async start(
    listener: http.RequestListener,
    identity?: IdentityFiles,
    more: https.ServerOptions = {},
  ): Promise<LoopbackServer> {
    const server = identity === undefined
      ? http.createServer(listener)
      : https.createServer({
        cert: Deno.readTextFileSync(identity.certFile),
        key: Deno.readTextFileSync(identity.keyFile),
        ...more,
      }, listener);
    const loopback = new LoopbackServer(server);
    await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
    return loopback;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const closed = new Promise((resolve) => this.#server.close(resolve));
    this.#server.closeAllConnections();
    for (const socket of this.#sockets) socket.destroy();
    await closed;
  }
}
