/** A TLS server with one secret, over HTTP/1.1, which can require a client certificate. */
import type { ServerOptions } from "node:https";
import type { IdentityFiles } from "../../../tools/openbao/certificates.ts";
import { TlsServer } from "../../support/tls_server.ts";
import { kv2 } from "./fake_vault.ts";

/** Counts requests, because a bad server must see none. */
export class TlsVault implements AsyncDisposable {
  requests = 0;
  #server?: TlsServer;

  static async start(
    files: IdentityFiles,
    more: ServerOptions = {},
  ): Promise<TlsVault> {
    const vault = new TlsVault();
    vault.#server = await TlsServer.start(files, (_, response) => {
      vault.requests++;
      response.writeHead(200, { "content-type": "application/json" })
        .end(JSON.stringify(kv2({ password: "p" })));
    }, more);
    return vault;
  }

  get address(): string {
    return `https://127.0.0.1:${this.#server?.port}`;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#server?.[Symbol.asyncDispose]();
  }
}
