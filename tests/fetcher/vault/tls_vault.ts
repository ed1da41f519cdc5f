/** A TLS server with one secret, over HTTP/1.1, which can require a client certificate. */
import assert from "node:assert/strict";
import https from "node:https";
import type { IdentityFiles } from "../../../tools/openbao/certificates.ts";
import { kv2 } from "./fake_vault.ts";

/** A Vault behind TLS; counts requests, because a bad server must see none. */
export class TlsVault {
  requests = 0;
  readonly #server: https.Server;

  private constructor(options: https.ServerOptions) {
    this.#server = https.createServer(options, (_, response) => {
      this.requests++;
      const answer = JSON.stringify(kv2({ password: "p" }));
      response.writeHead(200, { "content-type": "application/json" });
      response.end(answer);
    });
    this.#server.on("tlsClientError", () => {});
  }

  static async start(
    { certFile, keyFile }: IdentityFiles,
    more: https.ServerOptions = {},
  ): Promise<TlsVault> {
    const cert = await Deno.readTextFile(certFile);
    const key = await Deno.readTextFile(keyFile);
    const vault = new TlsVault({ cert, key, ...more });
    const { promise, resolve } = Promise.withResolvers<void>();
    vault.#server.listen(0, "127.0.0.1", resolve);
    await promise;
    return vault;
  }

  get port(): number {
    const address = this.#server.address();
    assert.ok(address !== null && typeof address === "object");
    return address.port;
  }

  get address(): string {
    return `https://127.0.0.1:${this.port}`;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#server.close(() => resolve());
    this.#server.closeAllConnections();
    await promise;
  }
}
