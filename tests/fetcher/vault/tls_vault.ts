/** A TLS server with one secret, over HTTP/1.1, which can require a client certificate. */
import type { ServerOptions } from "node:https";
import type { IdentityFiles } from "../../../tools/openbao/certificates.ts";
import { LoopbackServer } from "../../support/loopback_server.ts";
import { kv2 } from "./fake_vault.ts";

/** Counts requests, because a bad server must see none. */
export class TlsVault implements AsyncDisposable {
  requests = 0;
  #server?: LoopbackServer;

  static async start(
    files: IdentityFiles,
    more: ServerOptions = {},
  ): Promise<TlsVault> {
    const vault = new TlsVault();
    vault.#server = await LoopbackServer.start(
      (_, response) => {
        vault.requests++;
        response.writeHead(200, { "content-type": "application/json" })
          .end(JSON.stringify(kv2({ password: "p" })));
      },
      files,
      more,
    );
    return vault;
  }

  get address(): string {
    return `https://127.0.0.1:${this.#server?.port}`;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#server?.[Symbol.asyncDispose]();
  }
}
