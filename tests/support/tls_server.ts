/** An HTTPS server on loopback with a certificate of the tests. */
import * as https from "node:https";
import type { RequestListener } from "node:http";
import type { AddressInfo, Socket } from "node:net";
import type { IdentityFiles } from "../../tools/openbao/certificates.ts";

/** `await using` ends it and its connections. */
export class TlsServer implements AsyncDisposable {
  readonly #server: https.Server;
  readonly #sockets = new Set<Socket>();

  private constructor(server: https.Server) {
    this.#server = server;
    server.on("tlsClientError", () => {});
    server.on("connection", (socket: Socket) => {
      this.#sockets.add(socket);
      socket.on("error", () => {});
      socket.on("close", () => this.#sockets.delete(socket));
    });
  }

  static async start(
    { certFile, keyFile }: IdentityFiles,
    listener: RequestListener,
    more: https.ServerOptions = {},
  ): Promise<TlsServer> {
    const cert = Deno.readTextFileSync(certFile);
    const key = Deno.readTextFileSync(keyFile);
    const server = https.createServer({ cert, key, ...more }, listener);
    const tls = new TlsServer(server);
    await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
    return tls;
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
